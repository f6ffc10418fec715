// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.grounding;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.memory.CollectionFormat;
import io.millrace.benchmarks.memory.PersistentIndex;
import io.millrace.benchmarks.memory.TestCollection;
import io.millrace.benchmarks.questions.QuestionsIndex;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.EvidencePlace;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.guard.grounding.Answerability;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** How often questions are said not to be in the sources: those that are, and those that are not. */
final class QuestionsWithoutEvidence {

  /** As many as the gateway asks for. */
  private static final int HITS = 12;
  /** From so many, those of a library are taken away. */
  private static final int DEPTH = 150;
  private static final int QUERIES = 300;
  private static final List<String> COLLECTIONS = List.of("cranfield", "cmrc2018");

  private final QuestionsIndex domain;
  private final Map<Language, Embedder> embedders;
  private final BenchRun run;

  QuestionsWithoutEvidence(QuestionsIndex domain, Map<Language, Embedder> embedders, BenchRun run) {
    this.domain = domain;
    this.embedders = embedders;
    this.run = run;
  }

  void measure() throws IOException {
    List<DomainQuestion> all = domain.questions().questions();
    List<String> answerable = texts(all, DomainQuestion::answerable);
    String name = domain.pack().name();
    try (PassageIndex index = new PassageIndex(domain.place(), embedders, SearchSettings.DEFAULT)) {
      report(name, "own questions, answered there", refused(index, answerable));
      report(name, "own questions, not answered there", refused(index, texts(all, question -> !question.answerable())));
      report(name, "own questions, their library taken away", libraryTakenAway(index, all));
      for (String folder : COLLECTIONS) {
        Path place = run.data().resolve(folder);
        if (CollectionFormat.of(place).isEmpty()) {
          run.say(folder + ": left out, it is not in " + run.data());
          continue;
        }
        TestCollection collection = CollectionFormat.of(place).orElseThrow().read(place);
        List<String> queries = some(collection.queries().values());
        report(name, "questions of " + folder, refused(index, queries));
        List<String> ours = answerable.stream().filter(each -> Language.of(each) == collection.language()).toList();
        try (PassageIndex other = index(collection)) {
          report(folder, "own questions, answered there", refused(other, queries));
          report(folder, "questions of " + name, refused(other, ours));
        }
      }
    }
  }

  private void report(String subject, String questions, double share) {
    run.add(Row.alone(subject, "said not to be in the sources: " + questions, share, "share"));
  }

  private static List<String> texts(List<DomainQuestion> questions, Predicate<DomainQuestion> which) {
    return questions.stream().filter(which).map(DomainQuestion::question).toList();
  }

  private static double refused(PassageIndex index, List<String> questions) {
    return questions.stream()
        .mapToDouble(question -> refused(question, index.search(Query.of(question, HITS, Access.EVERYTHING).answering()).hits()))
        .average().orElse(0);
  }

  private static double refused(String question, List<Hit> hits) {
    return Answerability.of(question, hits).answerable() ? 0 : 1;
  }

  /** A question looks the same whether its library is there or not; only what is found does not. */
  private static double libraryTakenAway(PassageIndex index, List<DomainQuestion> questions) {
    return questions.stream().filter(DomainQuestion::answerable)
        .mapToDouble(question -> {
          Set<String> libraries = question.evidence().stream().map(EvidencePlace::document)
              .map(document -> document.split("/")[0]).collect(Collectors.toSet());
          List<Hit> left = index.search(Query.of(question.question(), DEPTH, Access.EVERYTHING).answering()).hits().stream()
              .filter(hit -> !libraries.contains(hit.passage().documentId().split("/")[0]))
              .limit(HITS).toList();
          return refused(question.question(), left);
        })
        .average().orElse(0);
  }

  /** Kept, since embedding takes a few minutes. */
  private PassageIndex index(TestCollection collection) throws IOException {
    Path place = run.domain().home().resolve("bench").resolve("grounding-" + collection.name());
    List<Passage> passages = new ArrayList<>();
    collection.documents().forEach((id, text) ->
        passages.add(new Passage(id + "#0", id, 0, "", text.title().isEmpty() ? List.of() : List.of(text.title()), "", text.text(),
            collection.language(), null, Set.of())));
    PersistentIndex.fill(place, List.copyOf(collection.documents().keySet()), passages, embedders, run::say);
    return new PassageIndex(place, embedders, SearchSettings.DEFAULT);
  }

  private static List<String> some(Collection<String> queries) {
    List<String> all = List.copyOf(queries);
    int step = Math.max(1, all.size() / QUERIES);
    List<String> some = new ArrayList<>();
    for (int i = 0; i < all.size(); i += step) {
      some.add(all.get(i));
    }
    return some;
  }
}
