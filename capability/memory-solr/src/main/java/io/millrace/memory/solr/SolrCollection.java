// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.time.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The collection and its configuration, made by us when they are first needed. */
final class SolrCollection {

  private static final Logger LOG = LoggerFactory.getLogger(SolrCollection.class);
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final int BAD_REQUEST = 400;

  private SolrCollection() {}

  /**
   * Makes the collection if it is not there.
   *
   * @param name of it and of its configuration
   * @throws IllegalStateException when Solr refuses, with its reason
   */
  static void ensure(SolrNodes solr, SolrPlace place, String name, SolrLayout layout) {
    Deadline deadline = Deadline.after(PATIENCE);
    try {
      if (has(solr, "/admin/collections", "collections", name, deadline)) {
        return;
      }
      if (!has(solr, "/admin/configs", "configSets", name, deadline)) {
        solr.send("/admin/configs?action=UPLOAD&wt=json&overwrite=true&name=" + name, "application/octet-stream", configuration(layout), deadline);
      }
      Map<String, String> create = new LinkedHashMap<>();
      create.put("action", "CREATE");
      create.put("name", name);
      create.put("collection.configName", name);
      create.put("numShards", String.valueOf(place.shards()));
      create.put("replicationFactor", String.valueOf(place.replicas()));
      create.put("waitForFinalState", "true");
      try {
        solr.ask("/admin/collections", create, deadline);
        LOG.info("made Solr collection {} of {} shards with {} replicas", name, place.shards(), place.replicas());
      } catch (SolrNodes.Refused e) {
        // Another gateway made it in between, or a first try did of which nothing was heard.
        if (e.status() != BAD_REQUEST || !has(solr, "/admin/collections", "collections", name, deadline)) {
          throw e;
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("the memory's collection " + name + " could not be made: " + e.getMessage(), e);
    }
  }

  private static boolean has(SolrNodes solr, String path, String list, String name, Deadline deadline) throws IOException {
    JsonNode all = solr.ask(path, Map.of("action", "LIST"), deadline).path(list);
    for (JsonNode each : all) {
      if (each.asString().equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] configuration(SolrLayout layout) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes);
        InputStream config = SolrCollection.class.getResourceAsStream("solrconfig.xml")) {
      if (config == null) {
        throw new IllegalStateException("solrconfig.xml is missing from the class path");
      }
      zip.putNextEntry(new ZipEntry("solrconfig.xml"));
      config.transferTo(zip);
      zip.putNextEntry(new ZipEntry("schema.xml"));
      zip.write(layout.schema().getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }
}
