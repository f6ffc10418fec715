// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.time.Deadline;
import io.millrace.memory.CandidatePassage;
import io.millrace.memory.Dimensions;
import io.millrace.memory.DocumentContent;
import io.millrace.memory.HeldCommit;
import io.millrace.memory.Judging;
import io.millrace.memory.MemoryUnavailable;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.PassageWriter;
import io.millrace.memory.ProposedSearch;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.WrittenPassages;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Passages in SolrCloud, found as in a {@link PassageIndex}: Solr's shards propose and count, and what they propose is judged here by the same
 * code, so hits and scores are those of one index of all passages as far as the proposals reach. A result says what part of the memory did not
 * answer. One gateway writes, any number of them search;
 * where the one that writes is gone for a quarter of a minute, another one goes on from its last commit.
 *
 * <p>Searches throw {@link MemoryUnavailable} when no node answers within the query's deadline.
 */
public final class SolrPassages extends WrittenPassages {

  /** Documents, at least, that Solr proposes as neighbours. */
  private static final int LEAST_PROPOSED = 50;

  /** Links of a passage in the graph, four bytes each: 32 on its lowest level, and few above. */
  private static final long GRAPH_BYTES = 32L * Integer.BYTES;

  /** Probes of health ask for them every second or so. */
  private static final Duration COUNTS_LAST = Duration.ofSeconds(1);

  /** What there was, on the monotonic clock. */
  private record Counted(long at, PassageIndex.Counts counts) {}

  private volatile @Nullable Counted counted;

  private final Map<Language, Embedder> embedders;
  private final VectorPrecision precision;
  private final InstantSource clock;
  private final String collection;
  private final SolrPlace place;
  private final SolrNodes solr;
  private final WriterLease lease;
  private final SolrContents contents;
  private final SolrShards shards;
  private final PassageWriter writer;
  private final ProposedSearch search;

  /**
   * Opens the collection, of whose documents nothing is known besides.
   *
   * @see #SolrPassages(SolrPlace, Map, SearchSettings, VectorPrecision, InstantSource, Judging)
   */
  public SolrPassages(
      SolrPlace place,
      Map<Language, Embedder> embedders,
      SearchSettings settings,
      VectorPrecision precision,
      InstantSource clock) {
    this(place, embedders, settings, precision, clock, Judging.PLAIN);
  }

  /**
   * Opens the collection, and makes it and its configuration if they are not there. Its name ends in a number that stands for all that its
   * contents depend on (layout, analysis, embedding models, precision): where that changes, another collection is filled from the log beside the old
   * one, which stays until somebody deletes it.
   *
   * @param embedders that turn questions into vectors, by language; not closed with it
   * @param precision of embeddings in the graph; anything but floats needs Solr 10
   * @param clock by which documents come to be found, and cease to be
   * @param judging what judging candidates takes beside the passages
   * @throws IllegalStateException when Solr refuses to make the collection, with its reason
   * @throws MemoryUnavailable when no node answers
   */
  public SolrPassages(
      SolrPlace place,
      Map<Language, Embedder> embedders,
      SearchSettings settings,
      VectorPrecision precision,
      InstantSource clock,
      Judging judging) {
    this.place = place;
    this.embedders = Map.copyOf(embedders);
    this.precision = precision;
    this.clock = clock;
    String format = SolrLayout.VERSION + " " + PassageIndex.formatOf(embedders, precision);
    this.collection = place.collection() + "-" + String.format("%08x", format.hashCode());
    this.solr = new SolrNodes(place.urls());
    SolrLayout layout = new SolrLayout(new Dimensions(embedders), precision);
    try {
      SolrCollection.ensure(solr, place, collection, layout);
    } catch (RuntimeException e) {
      solr.close();
      throw e;
    }
    this.lease = new WriterLease(solr, collection);
    this.contents = new SolrContents(solr, layout, collection, place.acknowledged(), lease);
    this.shards = new SolrShards(solr, collection, place.shards());
    this.writer = new PassageWriter(contents, embedders);
    this.search = new ProposedSearch(shards, embedders, settings, clock, judging);
  }

  /** Returns the name of the collection in Solr. */
  public String collection() {
    return collection;
  }

  @Override
  protected PassageWriter writer() {
    return writer;
  }

  @Override
  public Result search(Query query) {
    return search.search(query);
  }

  @Override
  public Standing standing(Query query, String document) {
    return search.standing(query, document);
  }

  @Override
  public List<Passage> passages(String document, Access access) {
    Instant now = clock.instant();
    return shards.document(document, access, Deadline.NONE, _ -> {}).searched().stream()
        .map(CandidatePassage::passage)
        .filter(passage -> access.sees(passage.labels()))
        .filter(passage -> passage.validity() == null || passage.validity().at(now))
        .sorted(Comparator.comparingInt(Passage::ordinal))
        .toList();
  }

  @Override
  public List<Neighbour> nearest(String document, int limit, Access access) {
    JsonNode record = shards.record(document, access);
    float[] vector = SolrLayout.vector(record);
    if (vector == null) {
      return List.of();
    }
    Language language = Language.ofCode(record.path(SolrLayout.LANGUAGE).asString());
    List<Neighbour> neighbours = new ArrayList<>();
    for (JsonNode each : shards.near(vector, language, Math.max(LEAST_PROPOSED, 2 * limit), access)) {
      String id = each.path(SolrLayout.DOCUMENT).asString();
      float[] other = SolrLayout.vector(each);
      if (!id.equals(document) && other != null) {
        neighbours.add(new Neighbour(id, VectorUtil.dotProduct(vector, other)));
      }
    }
    neighbours.sort(Comparator.comparingDouble(Neighbour::similarity).reversed().thenComparing(Neighbour::document));
    return List.copyOf(neighbours.subList(0, Math.min(limit, neighbours.size())));
  }

  @Override
  public Optional<float[]> embedding(String document, Access access) {
    float @Nullable [] vector = SolrLayout.vector(shards.record(document, access));
    return Optional.ofNullable(vector);
  }

  @Override
  public List<Passage> passages(String documentId) {
    try {
      return contents.stored(Set.of(documentId)).getOrDefault(documentId, DocumentContent.NONE).passages();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read '" + documentId + "' from Solr: " + e.getMessage(), e);
    }
  }

  @Override
  public void refresh() throws IOException {
    writer.refresh();
    changed();
  }

  private void changed() {
    shards.changed();
    counted = null;
  }

  @Override
  public void commit(Map<String, String> facts) throws IOException {
    writer.commit(facts);
    changed();
  }

  @Override
  public Map<String, String> committed() {
    return contents.committed();
  }

  @Override
  public void clear() throws IOException {
    writer.clear();
    changed();
  }

  /** Returns what was counted last where Solr does not answer: a view's trouble says that it does not. */
  @Override
  public PassageIndex.Counts counts() {
    Counted known = counted;
    if (known != null && System.nanoTime() - known.at() < COUNTS_LAST.toNanos()) {
      return known.counts();
    }
    try {
      PassageIndex.Counts now = count();
      counted = new Counted(System.nanoTime(), now);
      return now;
    } catch (MemoryUnavailable e) {
      if (known == null) {
        throw e;
      }
      return known.counts();
    }
  }

  private PassageIndex.Counts count() {
    Map<String, Long> totals =
        shards.totals(
            Map.of(
                "documents", "{!term f=" + SolrLayout.FIRST + "}1",
                "passages", "{!term f=" + SolrLayout.KIND + "}" + SolrLayout.PASSAGE,
                "embedded", "{!term f=" + SolrLayout.EMBEDDED + "}1"));
    return new PassageIndex.Counts(
        Math.toIntExact(totals.getOrDefault("documents", 0L)),
        Math.toIntExact(totals.getOrDefault("passages", 0L)),
        Math.toIntExact(totals.getOrDefault("embedded", 0L)));
  }

  @Override
  public int archived() {
    return Math.toIntExact(
        shards.totals(Map.of("archived", "{!term f=" + SolrLayout.KIND + "}" + SolrLayout.ARCHIVED)).getOrDefault("archived", 0L));
  }

  /** Returns what Solr does not say, estimated from how many embeddings there are, over all replicas. */
  @Override
  public PassageIndex.VectorBytes vectorBytes() {
    long vectors = (long) counts().passagesWithVectors() * place.replicas();
    long dimension = embedders.values().stream().mapToLong(Embedder::dimension).max().orElse(0);
    long bits =
        switch (precision) {
          case FLOAT -> 0;
          case INT8 -> 8;
          case INT4 -> 4;
          case BIT -> 1;
        };
    return new PassageIndex.VectorBytes(
        vectors * GRAPH_BYTES, vectors * dimension * bits / Byte.SIZE, vectors * dimension * Float.BYTES);
  }

  /** Refuses: copies of Solr's shards are Solr's to make. */
  @Override
  public HeldCommit hold() {
    throw new IllegalStateException(
        "the memory lies on Solr, collection " + collection + ": back it up with Solr's BACKUP; a collection that is lost is filled again from the log");
  }

  /** Returns what the leaders' segments take, times the replicas. */
  @Override
  public long bytesOnDisk() {
    try {
      JsonNode status =
          solr.ask(
              "/admin/collections", Map.of("action", "COLSTATUS", "collection", collection, "segments", "true"),
              Deadline.after(Duration.ofSeconds(10)));
      long leaders = 0;
      for (JsonNode size : status.findValues("sizeInBytes")) {
        leaders += size.asLong(0);
      }
      return leaders * place.replicas();
    } catch (SolrNodes.Refused e) {
      throw new IllegalStateException("Solr does not say what collection " + collection + " takes: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    lease.close();
    search.close();
    shards.close();
    solr.close();
  }
}
