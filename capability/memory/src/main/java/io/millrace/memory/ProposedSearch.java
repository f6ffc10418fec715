// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Result;
import io.millrace.core.spi.Retriever.Standing;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Searches passages that lie on other machines. Those count the question's words over what the reader may see, then propose passages, more than are
 * shown; the proposed ones are judged here, by the same code and the same numbers as in a {@link PassageIndex}. Where the proposals hold what
 * each way (words, meaning, names) finds best, hits and scores are those of one index of all passages.
 */
public final class ProposedSearch implements AutoCloseable {

  private final PassageShards shards;
  private final SearchSettings settings;
  private final InstantSource clock;
  private final Judging judging;
  private final LexicalQuery lexical;
  private final Questions questions;

  /**
   * Prepares searches.
   *
   * @param embedders that turn questions into vectors, by language; not closed with it
   * @param clock by which passages come to be found, and cease to be
   * @param judging what judging candidates takes beside the passages
   */
  public ProposedSearch(
      PassageShards shards, Map<Language, Embedder> embedders, SearchSettings settings, InstantSource clock, Judging judging) {
    this.judging = judging;
    this.shards = shards;
    // A walk through the graph asks for passages by their keys, step by step: over a network each step would be a round of requests.
    this.settings = settings.with(ranking -> ranking.withGraph(Ranking.GraphWeight.NONE));
    this.clock = clock;
    this.lexical = new LexicalQuery(settings);
    this.questions = new Questions(embedders, settings);
  }

  /**
   * Returns the best hits, best first, and says what is missing.
   *
   * @throws MemoryUnavailable when nobody answered
   */
  public Result search(Query query) {
    Set<String> notes = new LinkedHashSet<>();
    List<Hit> hits = judge(query, notes, null, PassageSearch::run);
    return new Result(hits, List.copyOf(notes));
  }

  /**
   * Says where a document stands.
   *
   * @throws MemoryUnavailable when nobody answered
   */
  public Standing standing(Query query, String document) {
    return judge(query, new LinkedHashSet<>(), document, (search, vector) -> search.standing(vector, document));
  }

  /** What is asked about the candidates, with the question's embedding if there is one. */
  @FunctionalInterface
  private interface Task<T> {
    T of(PassageSearch search, float @Nullable [] vector) throws IOException;
  }

  private <T> T judge(Query query, Set<String> notes, @Nullable String document, Task<T> task) {
    List<String> read = new ArrayList<>();
    String text = questions.text(query, read);
    Language language = questions.language(query, text);
    Future<float[]> meaning = questions.embed(text, language, query, read);
    SoughtWords sought = lexical.sought(text, language, _ -> true);
    if (meaning == null && sought.empty()) {
      read.add("the query has no searchable words");
    }
    WordCounts counts = shards.counts(query.access(), sought.counted(), query.deadline(), notes::add);
    float[] vector = questions.await(meaning, query, read);
    Reranker reranker = Questions.reranker(judging.rerankers(), language, query, read);
    notes.addAll(read);
    Instant now = clock.instant();
    Set<String> names = settings.nameWeight() == 0 ? Set.of() : Names.of(query.text());
    Collection<CandidatePassage> proposed =
        shards.propose(
            new PassageShards.Proposal(
                query, now, lexical.sought(text, language, counts::holds), counts, settings.ranking(language), names, language,
                vector, PassageSearch.depth(settings, query)),
            notes::add);
    PassageShards.DocumentPassages asked =
        document == null
            ? new PassageShards.DocumentPassages(List.of(), List.of())
            : shards.document(document, query.access(), query.deadline(), notes::add);
    // Who may see what was asked for there, and is looked at once more here.
    List<CandidatePassage> candidates =
        Stream.concat(proposed.stream(), asked.searched().stream())
            .filter(each -> query.access().sees(each.passage().labels()))
            .toList();
    List<Passage> archived = asked.archived().stream().filter(passage -> query.access().sees(passage.labels())).toList();
    try (CandidateIndex index = new CandidateIndex(candidates, sought.counted(), archived)) {
      Sight sight = index.sight(counts);
      var words = lexical.of(text, language, sight::holds);
      var parts = new PassageSearch.Parts(new TitleBooks(), NearestPassages.of(VectorPrecision.FLOAT), questions.cosines());
      return task.of(new PassageSearch(sight, settings, query, language, words, now, parts, judging, reranker), vector);
    } catch (IOException e) {
      throw new UncheckedIOException("an index in memory failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    questions.close();
  }
}
