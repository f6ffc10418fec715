// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.solr.SolrPlace;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The memory in SolrCloud.
 *
 * @param urls of some of Solr's nodes, such as {@code http://solr1:8983/solr}; all of them, best
 * @param collection beginning of its name; null for the domain's name
 * @param shards of a collection that is made; null for 1
 * @param replicas of each shard; null for 1
 * @param vectors precision of embeddings in Solr's graph; null for floats, which every Solr 9 and 10 has: others need Solr 10
 */
public record SolrPlan(
    List<String> urls,
    @Nullable String collection,
    @Nullable Integer shards,
    @Nullable Integer replicas,
    @Nullable VectorPrecision vectors) {

  public SolrPlan {
    if (urls == null) {
      throw new IllegalArgumentException("memory: solr has no urls: write memory: {solr: {urls: [\"http://solr1:8983/solr\"]}}");
    }
    urls = List.copyOf(urls);
    SolrPlace.of(urls, collection, shards, replicas); // refused where the file is read, not when the gateway is built
  }

  /** Returns the place for a domain. */
  SolrPlace place(String domain) {
    return SolrPlace.of(urls, collection == null ? domain : collection, shards, replicas);
  }

  /** Returns the precision of embeddings in Solr's graph. */
  VectorPrecision precision() {
    return vectors == null ? VectorPrecision.FLOAT : vectors;
  }
}
