// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.Ranking;
import io.millrace.memory.SearchSettings;
import io.millrace.train.data.RelevantPair;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Passages that look as if they answered a question, by their words: what a search proposes first and a re-ranker must tell apart from
 * the one that does (Karpukhin et al. 2020, section 3.2). They lie in an index of their own on disk.
 */
final class LookAlikes implements AutoCloseable {

  /** So much of an answer, found in another passage, says that this one may answer as well. */
  private static final int TELLING = 12;

  /** Hits beyond those that are wanted, since some answer as well. */
  private static final int SPARE = 4;

  private final Map<String, List<Passage>> byDocument = new LinkedHashMap<>();
  private final PassageIndex index;
  private final Language language;

  /**
   * Indexes the passages of documents in a language.
   *
   * @param place of the index, which is emptied first
   * @param progress asked between documents whether to go on
   */
  LookAlikes(List<Document> documents, Language language, Path place, StepProgress progress) throws IOException {
    this.language = language;
    SearchSettings words = SearchSettings.DEFAULT.with(ranking -> ranking.withDenseShare(0).withGraph(Ranking.GraphWeight.NONE));
    index = new PassageIndex(place, Map.of(), words);
    try {
      index.clear();
      for (Document document : documents) {
        progress.check();
        if (document.language() == language) {
          List<Passage> passages = Passages.of(document);
          byDocument.put(document.id(), passages);
          index.put(document.id(), passages);
        }
      }
      index.refresh();
    } catch (Throwable t) {
      index.close();
      throw t;
    }
  }

  /**
   * Makes a pair of a question and the passage that answers it.
   *
   * @param others so many that look alike, best first
   * @return null when the question has no answer here
   */
  @Nullable RelevantPair pair(QuestionAnswer question, int others) {
    Passage right = right(question);
    if (right == null) {
      return null;
    }
    return new RelevantPair(
        question.question(), right.text(), others(question.question(), right, others, passage -> answers(passage, question)));
  }

  /** Makes a pair out of a passage alone, null when it says too little. */
  @Nullable RelevantPair pair(Passage passage, int others, SplittableRandom random) {
    Cloze cloze = Cloze.of(passage, random);
    return cloze == null
        ? null
        : new RelevantPair(cloze.question(), cloze.passage(), others(cloze.question(), passage, others, other -> other.text().contains(cloze.sentence())));
  }

  /** Returns all passages, those of a document one after the other. */
  List<Passage> passages() {
    return byDocument.values().stream().flatMap(List::stream).toList();
  }

  /** What a search finds instead, then the neighbours on the same page. */
  private List<String> others(String question, Passage right, int most, Predicate<Passage> answers) {
    List<Passage> page = byDocument.getOrDefault(right.documentId(), List.of());
    Stream<Passage> neighbours =
        IntStream.range(1, page.size()).mapToObj(i -> page.get((right.ordinal() + i) % page.size()));
    return Stream.concat(found(question, most + SPARE).stream().map(Hit::passage), neighbours)
        .filter(passage -> !passage.text().equals(right.text()) && !answers.test(passage))
        .map(Passage::text)
        .distinct()
        .limit(most)
        .toList();
  }

  /** Returns the passage that answers a question, null if it is not here. */
  @Nullable Passage right(QuestionAnswer question) {
    if (!question.answerable()) {
      return null;
    }
    return byDocument.getOrDefault(question.documentId(), List.of()).stream()
        .filter(passage -> passage.text().equals(question.passage())).findFirst().orElse(null);
  }

  /** Returns what a search by words finds. */
  List<Hit> found(String question, int limit) {
    return index.search(new Query(question, language, limit, "", Deadline.NONE, Access.EVERYTHING).answering()).hits();
  }

  private static boolean answers(Passage passage, QuestionAnswer question) {
    return question.answers().stream().anyMatch(answer -> answer.length() >= TELLING && passage.text().contains(answer));
  }

  @Override
  public void close() {
    index.close();
  }
}
