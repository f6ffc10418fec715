// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Access;
import io.millrace.core.time.Deadline;
import io.millrace.memory.CandidatePassage;
import io.millrace.memory.MemoryUnavailable;
import io.millrace.memory.PassageShards;
import io.millrace.memory.SoughtWords;
import io.millrace.memory.SoughtWords.FieldWord;
import io.millrace.memory.WordCounts;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Counts words, and has passages proposed, over Solr's shards. */
final class SolrShards implements PassageShards, AutoCloseable {

  /**
   * Solr weighs pairs of words and rounds lengths in another way than we do, so it proposes so many times as many as are wanted: then what is best
   * by our scores is among them.
   */
  private static final int MORE_BY_WORDS = 2;

  /** Nearest embeddings are the same for both, but for what a walk through a graph misses. */
  private static final double MORE_BY_MEANING = 1.2;

  private static final String FIELDS = SolrLayout.JSON + "," + SolrLayout.WORDS + "," + SolrLayout.EMBEDDING;

  private final SolrNodes solr;
  private final String collection;
  private final ProposalQuery queries;
  private final CountCache cache = new CountCache();
  private final ExecutorService asking = Executors.newVirtualThreadPerTaskExecutor();

  SolrShards(SolrNodes solr, String collection, int shards) {
    this.solr = solr;
    this.collection = collection;
    this.queries = new ProposalQuery(shards);
  }

  /** Forgets what was counted, since something has changed. */
  void changed() {
    cache.clear();
  }

  @Override
  public WordCounts counts(Access access, Set<FieldWord> words, Deadline deadline, Consumer<String> notes) {
    WordCounts known = cache.of(access, words);
    if (known != null) {
      return known;
    }
    long begun = cache.generation();
    Map<String, Object> facets = new LinkedHashMap<>();
    List<String> fields = WordCounts.fields();
    for (int i = 0; i < fields.size(); i++) {
      facets.put("passages" + i, "countvals(" + SolrLayout.length(fields.get(i)) + ")");
      facets.put("words" + i, "sum(" + SolrLayout.length(fields.get(i)) + ")");
    }
    Map<String, String> form = new LinkedHashMap<>();
    List<FieldWord> asked = List.copyOf(words);
    for (int i = 0; i < asked.size(); i++) {
      form.put("t" + i, asked.get(i).word());
      facets.put(
          "t" + i,
          Map.of("type", "query", "q", "{!term f=" + SolrLayout.field(asked.get(i).field()) + " v=$t" + i + "}"));
    }
    form.put("q", "{!term f=kind}" + SolrLayout.PASSAGE);
    form.put("rows", "0");
    form.put("json.facet", Json.write(facets));
    SolrFilters.access(form, access);
    Answer answer = select(form, deadline);
    answer.missing(notes);
    JsonNode counted = answer.body().path("facets");
    Map<String, WordCounts.Extent> extents = new HashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      long passages = counted.path("passages" + i).asLong(0);
      if (passages > 0) {
        extents.put(fields.get(i), new WordCounts.Extent(passages, Math.max(passages, Math.round(counted.path("words" + i).asDouble(0)))));
      }
    }
    Map<FieldWord, Long> frequencies = new HashMap<>();
    for (int i = 0; i < asked.size(); i++) {
      frequencies.put(asked.get(i), counted.path("t" + i).path("count").asLong(0));
    }
    WordCounts counts = new WordCounts(extents, frequencies);
    if (!answer.partial()) {
      cache.keep(access, counts, begun);
    }
    return counts;
  }

  @Override
  public Collection<CandidatePassage> propose(Proposal proposal, Consumer<String> notes) {
    int rows = MORE_BY_WORDS * proposal.depth();
    Map<String, Future<Answer>> asked = new LinkedHashMap<>();
    SoughtWords words = proposal.words();
    boolean sought = words.words().stream().anyMatch(word -> !word.fields().isEmpty());
    if (sought) {
      asked.put("words", ask(queries.words(proposal, rows), proposal));
    }
    if (proposal.vector() != null) {
      asked.put("meaning", ask(queries.meaning(proposal, (int) Math.ceil(MORE_BY_MEANING * proposal.depth())), proposal));
    }
    if (!proposal.names().isEmpty()) {
      asked.put("names", ask(queries.names(proposal, rows), proposal));
    }
    Map<String, CandidatePassage> found = new LinkedHashMap<>();
    MemoryUnavailable failure = null;
    int failures = 0;
    for (Map.Entry<String, Future<Answer>> each : asked.entrySet()) {
      try {
        Answer answer = each.getValue().get();
        answer.missing(notes);
        for (JsonNode passage : answer.body().path("response").path("docs")) {
          CandidatePassage candidate = SolrLayout.candidate(passage);
          found.putIfAbsent(candidate.passage().id(), candidate);
        }
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof MemoryUnavailable unavailable)) {
          throw new IllegalStateException("Solr was asked in a way that it does not understand: " + e.getCause(), e.getCause());
        }
        failure = unavailable;
        failures++;
        notes.accept("not searched by " + each.getKey() + ": Solr did not answer in time");
      } catch (InterruptedException e) {
        asked.values().forEach(future -> future.cancel(true));
        Thread.currentThread().interrupt();
        throw new MemoryUnavailable("interrupted while searching", e);
      }
    }
    if (failure != null && failures == asked.size()) {
      throw failure;
    }
    return found.values();
  }

  private Future<Answer> ask(Map<String, String> form, Proposal proposal) {
    form.put("fl", FIELDS);
    SolrFilters.access(form, proposal.query().access());
    SolrFilters.query(form, proposal.query(), proposal.now());
    return asking.submit(() -> select(form, proposal.query().deadline()));
  }

  @Override
  public DocumentPassages document(String document, Access access, Deadline deadline, Consumer<String> notes) {
    Answer answer = records(document, access, deadline);
    answer.missing(notes);
    List<CandidatePassage> searched = new ArrayList<>();
    List<Passage> archived = new ArrayList<>();
    for (JsonNode record : answer.body().path("response").path("docs")) {
      if (SolrLayout.PASSAGE.equals(SolrNodes.text(record, SolrLayout.KIND))) {
        searched.add(SolrLayout.candidate(record));
      }
      String content = SolrNodes.text(record, SolrLayout.CONTENT);
      if (content != null) {
        archived.addAll(List.of(Json.read(content, Passage[].class)));
      }
    }
    return new DocumentPassages(searched, archived);
  }

  private Answer records(String document, Access access, Deadline deadline) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("q", "{!term f=" + SolrLayout.ROOT + "}" + SolrLayout.root(document));
    form.put("rows", "100000");
    form.put("fl", FIELDS + "," + SolrLayout.KIND + "," + SolrLayout.CONTENT);
    SolrFilters.access(form, access);
    return select(form, deadline);
  }

  /** Returns a document's own record with its embedding, or nothing where the reader may not see it. */
  JsonNode record(String document, Access access) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("q", "{!term f=id}" + SolrLayout.root(document));
    form.put("rows", "1");
    form.put("fl", SolrLayout.EMBEDDING + "," + SolrLayout.LANGUAGE);
    SolrFilters.access(form, access);
    return select(form, Deadline.NONE).body().path("response").path("docs").path(0);
  }

  /** Returns the records of documents near a vector, as Solr orders them. */
  JsonNode near(float[] vector, Language language, int most, Access access) {
    Map<String, String> form = ProposalQuery.near(SolrLayout.documentVector(language), vector, most);
    form.put("fl", SolrLayout.DOCUMENT + "," + SolrLayout.EMBEDDING);
    SolrFilters.access(form, access);
    return select(form, Deadline.NONE).body().path("response").path("docs");
  }

  /** Returns how many records match each of some queries, whoever may see them. */
  Map<String, Long> totals(Map<String, String> queries) {
    Map<String, Object> facets = new LinkedHashMap<>();
    queries.forEach((name, query) -> facets.put(name, Map.of("type", "query", "q", query)));
    JsonNode counted =
        select(new LinkedHashMap<>(Map.of("q", "*:*", "rows", "0", "json.facet", Json.write(facets))), Deadline.NONE)
            .body()
            .path("facets");
    Map<String, Long> totals = new HashMap<>();
    queries.keySet().forEach(name -> totals.put(name, counted.path(name).path("count").asLong(0)));
    return totals;
  }

  /** What Solr said. */
  private record Answer(JsonNode body) {
    boolean partial() {
      return body.path("responseHeader").path("partialResults").asBoolean(false);
    }

    /** Tells what is missing; nothing usually. */
    void missing(Consumer<String> notes) {
      if (!partial()) {
        return;
      }
      int shards = 0;
      int silent = 0;
      for (JsonNode shard : body.path("shards.info")) {
        shards++;
        silent += shard.has("error") ? 1 : 0;
      }
      notes.accept(
          silent > 0
              ? "results are partial: " + silent + " of " + shards + " shards of the memory did not answer"
              : "results are partial: the time was over before all of the memory was searched");
    }
  }

  private Answer select(Map<String, String> form, Deadline query) {
    Deadline deadline = SolrNodes.of(query);
    form.put("shards.tolerant", "true");
    form.put("shards.info", "true");
    form.put("timeAllowed", String.valueOf(Math.max(1, deadline.remaining().toMillis())));
    try {
      return new Answer(solr.ask("/" + collection + "/select", form, deadline));
    } catch (SolrNodes.Refused e) {
      throw new IllegalStateException("Solr was asked in a way that it does not understand: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
