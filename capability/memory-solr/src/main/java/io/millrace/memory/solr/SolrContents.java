// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import io.millrace.memory.ContentStore;
import io.millrace.memory.DocumentContent;
import io.millrace.memory.MemoryUnavailable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Writes documents to Solr and reads them back. A write counts once as many replicas of each shard have it as {@link SolrPlace#acknowledged} says;
 * until then it is sent again, for a while. Positions in the log are written last, so they never stand for what Solr does not have.
 */
final class SolrContents implements ContentStore {

  private static final Logger LOG = LoggerFactory.getLogger(SolrContents.class);

  /** Documents are read and written in batches of so many. */
  private static final int BATCH = 100;

  /** Characters of a batch, about; a passage takes some 10,000. */
  private static final int BATCH_CHARACTERS = 8 << 20;

  /** For a batch: until another replica leads a shard whose leader is gone takes Solr half a minute. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long PAUSE_MILLIS = 500;
  private static final int BAD_REQUEST = 400;
  private static final int CONFLICT = 409;

  private final SolrNodes solr;
  private final SolrLayout layout;
  private final String collection;
  private final int acknowledged;
  private final WriterLease lease;

  /** Whether this gateway writes. It changes only where a follower of the log begins anew at what the collection stands for. */
  private volatile boolean leading;

  /** Of the record of facts that was last read or written; 0 for none, -1 for one that must not be there. Confined to the writer. */
  private volatile long factsVersion = -1;

  SolrContents(SolrNodes solr, SolrLayout layout, String collection, int acknowledged, WriterLease lease) {
    this.solr = solr;
    this.layout = layout;
    this.collection = collection;
    this.acknowledged = acknowledged;
    this.lease = lease;
    this.leading = lease.held();
  }

  /**
   * Returns whether this gateway writes; where another one does, what is to be written is left to it.
   *
   * @throws IOException when that has changed: then reading the log begins anew at the last commit, whoever made it
   */
  private boolean writes() throws IOException {
    boolean held = lease.held();
    if (held && !leading) {
      throw new IOException("no other gateway writes to Solr collection " + collection + " any more; this one does, from the last commit on");
    }
    if (!held && leading) {
      throw new IOException("another gateway writes to Solr collection " + collection + " now");
    }
    return held;
  }

  @Override
  public Map<String, DocumentContent> stored(Collection<String> documents) throws IOException {
    List<String> all = List.copyOf(documents);
    Map<String, DocumentContent> found = new HashMap<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      List<String> batch = all.subList(from, Math.min(all.size(), from + BATCH));
      Map<String, List<JsonNode>> records = new HashMap<>();
      for (JsonNode record : records(batch)) {
        records.computeIfAbsent(record.path(SolrLayout.DOCUMENT).asString(), _ -> new ArrayList<>()).add(record);
      }
      for (String document : batch) {
        List<JsonNode> its = records.get(document);
        if (its != null) {
          found.put(document, SolrLayout.content(its));
        }
      }
    }
    return found;
  }

  /** All shards must answer: what is not there would be overwritten as if it had never been. */
  private JsonNode records(List<String> documents) throws IOException {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("q", "{!terms f=" + SolrLayout.ROOT + " v=$roots}");
    form.put("roots", documents.stream().map(SolrLayout::root).collect(Collectors.joining(",")));
    form.put("rows", String.valueOf(1_000_000));
    form.put("fl", String.join(",", List.of(
        SolrLayout.KIND, SolrLayout.DOCUMENT, SolrLayout.JSON, SolrLayout.EMBEDDING, SolrLayout.WAITING, SolrLayout.CONTENT)));
    form.put("shards.tolerant", "false");
    return solr.ask("/" + collection + "/select", form, Deadline.after(PATIENCE)).path("response").path("docs");
  }

  @Override
  public Map<String, String> write(Map<String, DocumentContent> changes) throws IOException {
    if (!writes()) {
      return Map.of();
    }
    Map<String, String> refused = new LinkedHashMap<>();
    List<String> gone = new ArrayList<>();
    Map<String, String> batch = new LinkedHashMap<>();
    int characters = 0;
    for (Map.Entry<String, DocumentContent> change : changes.entrySet()) {
      if (change.getValue().empty()) {
        gone.add(SolrLayout.root(change.getKey()));
        continue;
      }
      String record = Json.write(layout.record(change.getKey(), change.getValue()));
      batch.put(change.getKey(), record);
      characters += record.length();
      if (batch.size() == BATCH || characters > BATCH_CHARACTERS) {
        add(batch, refused);
        batch.clear();
        characters = 0;
      }
    }
    add(batch, refused);
    // What is refused is gone, too: its old text is no longer true.
    refused.keySet().forEach(document -> gone.add(SolrLayout.root(document)));
    for (int from = 0; from < gone.size(); from += BATCH) {
      update(Json.write(Map.of("delete", gone.subList(from, Math.min(gone.size(), from + BATCH)))));
    }
    return refused;
  }

  /**
   * Adds records, by document. Where Solr refuses some of them, which are not named, each is sent by itself.
   *
   * @param refused gets the documents that Solr does not take, with its reasons
   */
  private void add(Map<String, String> records, Map<String, String> refused) throws IOException {
    if (records.isEmpty()) {
      return;
    }
    try {
      update("[" + String.join(",", records.values()) + "]");
    } catch (SolrNodes.Refused e) {
      if (e.status() != BAD_REQUEST) {
        throw e;
      }
      if (records.size() == 1) {
        String document = records.keySet().iterator().next();
        LOG.warn("Solr does not take document {}: {}", document, e.getMessage());
        refused.put(document, String.valueOf(e.getMessage()));
        return;
      }
      for (Map.Entry<String, String> each : records.entrySet()) {
        add(Map.of(each.getKey(), each.getValue()), refused);
      }
    }
  }

  /** Sends a change until enough replicas have it. */
  private JsonNode update(String body) throws IOException {
    Deadline deadline = Deadline.after(PATIENCE);
    String trouble = "";
    do {
      try {
        JsonNode answer =
            solr.send(
                "/" + collection + "/update?wt=json&versions=true&min_rf=" + acknowledged, "application/json",
                body.getBytes(StandardCharsets.UTF_8), deadline);
        int reached = acknowledgements(answer);
        if (reached >= acknowledged) {
          return answer;
        }
        trouble = reached + " replicas have it, " + acknowledged + " are wanted";
      } catch (MemoryUnavailable e) {
        trouble = String.valueOf(e.getMessage());
      }
      LOG.debug("a change is sent to Solr again: {}", trouble);
      pause();
    } while (!deadline.expired());
    throw new IOException("Solr did not take a change within " + PATIENCE.toSeconds() + " s: " + trouble);
  }

  /**
   * Returns how many replicas of each shard have a change at least. Where Solr has heard of no shard's leader at all, because one is being elected, it
   * answers that all is well, with the greatest of all numbers: such a change may be lost.
   */
  static int acknowledgements(JsonNode answer) {
    int replicas = answer.path("responseHeader").path("rf").asInt(0);
    return replicas == Integer.MAX_VALUE ? 0 : replicas;
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while writing to Solr", e);
    }
  }

  @Override
  public void refresh() throws IOException {
    if (!writes()) {
      return;
    }
    command("softCommit=true&commit=true&waitSearcher=true");
  }

  /** A commit reaches all replicas of all shards; one of a node that was just lost is tried again until Solr knows that it is. */
  private void command(String parameters) throws IOException {
    Deadline deadline = Deadline.after(PATIENCE);
    MemoryUnavailable last;
    do {
      try {
        solr.send("/" + collection + "/update?wt=json&" + parameters, "application/json", new byte[] {'{', '}'}, deadline);
        return;
      } catch (MemoryUnavailable e) {
        last = e;
      }
      pause();
    } while (!deadline.expired());
    throw new IOException("Solr did not make changes visible within " + PATIENCE.toSeconds() + " s: " + last.getMessage(), last);
  }

  @Override
  public void commit(Map<String, String> facts) throws IOException {
    if (!writes()) {
      return;
    }
    command("commit=true&openSearcher=false&waitSearcher=false");
    String written = Json.write(new TreeMap<>(facts));
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("id", SolrLayout.FACTS_ID);
    record.put(SolrLayout.KIND, SolrLayout.FACTS);
    record.put(SolrLayout.FACTS, written);
    record.put("_version_", factsVersion);
    try {
      update(Json.write(List.of(record)));
      read();
    } catch (SolrNodes.Refused e) {
      if (e.status() != CONFLICT || !Objects.equals(SolrNodes.text(read(), SolrLayout.FACTS), written)) {
        throw e.status() == CONFLICT
            ? new IOException("another gateway has written to Solr collection " + collection + " meanwhile", e)
            : e;
      }
      // A first try was carried out, and its answer was lost.
    }
  }

  @Override
  public Map<String, String> committed() {
    try {
      leading = lease.held();
      String written = SolrNodes.text(read(), SolrLayout.FACTS);
      Map<String, String> facts = new TreeMap<>();
      if (written != null) {
        Json.read(written, Map.class).forEach((key, value) -> facts.put(String.valueOf(key), String.valueOf(value)));
      }
      return facts;
    } catch (SolrNodes.Refused e) {
      throw new MemoryUnavailable("Solr does not say what collection " + collection + " stands for: " + e.getMessage(), e);
    }
  }

  /** Reads the record of facts, visible to searches or not. */
  private JsonNode read() throws SolrNodes.Refused {
    JsonNode record =
        solr.ask(
            "/" + collection + "/get", Map.of("id", SolrLayout.FACTS_ID, "fl", SolrLayout.FACTS + ",_version_"), Deadline.after(PATIENCE))
            .path("doc");
    factsVersion = record.path("_version_").asLong(-1);
    return record;
  }

  @Override
  public void reopen() {
    // Nothing is held here; what was written stays, and is written again.
  }

  @Override
  public void clear() throws IOException {
    if (!writes()) {
      return;
    }
    update("{\"delete\":{\"query\":\"*:* -" + SolrLayout.KIND + ":" + SolrLayout.LEASE + "\"}}");
    command("commit=true&waitSearcher=true");
    factsVersion = -1;
  }
}
