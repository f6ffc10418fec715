// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where the memory lies in SolrCloud.
 *
 * @param urls of Solr's nodes, such as {@code http://solr1:8983/solr}: any that answers is asked, and knows the others
 * @param collection beginning of its name; letters, digits, hyphens
 * @param shards into which the collection is cut when it is made
 * @param replicas of each shard
 */
public record SolrPlace(List<URI> urls, String collection, int shards, int replicas) {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,60}");

  public SolrPlace {
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("no URL of Solr: give some of its nodes, such as http://solr1:8983/solr");
    }
    urls = urls.stream().map(SolrPlace::checked).toList();
    if (!NAME.matcher(collection).matches()) {
      throw new IllegalArgumentException(
          "Solr collection '" + collection + "': use a lower-case letter, then letters, digits and hyphens, at most 61");
    }
    if (shards < 1 || replicas < 1) {
      throw new IllegalArgumentException("Solr collection of " + shards + " shards and " + replicas + " replicas: use 1 at least");
    }
  }

  private static URI checked(URI url) {
    String scheme = url.getScheme();
    if (url.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new IllegalArgumentException("'" + url + "' is no URL of a Solr node: write it as http://solr1:8983/solr");
    }
    String text = url.toString();
    return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : url;
  }

  /**
   * Returns how many replicas must have a change before it counts as written: more than half, or the half itself. Of one or two replicas one,
   * so that writes go on without the other; of three two.
   */
  int acknowledged() {
    return (replicas + 1) / 2;
  }

  /** Returns a place from settings; what is null has its default. */
  public static SolrPlace of(List<String> urls, @Nullable String collection, @Nullable Integer shards, @Nullable Integer replicas) {
    List<URI> nodes;
    try {
      nodes = urls.stream().map(URI::create).toList();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("URL of a Solr node: " + e.getMessage() + ": write it as http://solr1:8983/solr", e);
    }
    return new SolrPlace(
        nodes, collection == null ? "millrace" : collection, shards == null ? 1 : shards, replicas == null ? 1 : replicas);
  }
}
