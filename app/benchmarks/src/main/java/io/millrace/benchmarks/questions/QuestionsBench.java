// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.core.document.Language;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.spi.Embedder;
import io.millrace.evaluate.EvidenceRanks;
import io.millrace.memory.Reranker;
import io.millrace.memory.SearchSettings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A domain's own questions against its memory: how often a passage that answers is found, beside words alone and meaning
 * alone (both without the say that exact names have), and how often the gateway would say that the sources hold no answer.
 * No model answers here.
 *
 * <p>Meaning cannot judge passages of another language than the question's, so even "meaning alone" ranks those by words.
 */
public final class QuestionsBench implements Bench {
  private static final int DEPTH = 10;

  @Override
  public String name() {
    return "questions";
  }

  @Override
  public String purpose() {
    return "whether a domain's memory finds what its questions.yaml asks for, with its own embedders and re-rankers too, and when the gateway says that nothing is there (--domain)";
  }

  @Override
  public boolean takesDomain() {
    return true;
  }

  @Override
  public void measure(BenchRun run) throws IOException {
    Map<Language, Embedder> embedders = QuestionsIndex.embedders();
    try {
      QuestionsIndex filled = QuestionsIndex.of(run, embedders);
      DomainPack pack = filled.pack();
      DomainQuestions questions = filled.questions();
      Path index = filled.place();
      SearchSettings whole = SearchSettings.DEFAULT;
      Found all = Found.by(whole, index, embedders, questions);
      Found words = Found.by(alone(whole, 0), index, embedders, questions);
      Found meaning = Found.by(alone(whole, 1), index, embedders, questions);
      for (Language language : Language.values()) {
        report(pack.name() + "-" + language.code(), language, questions, all, words, meaning, run);
      }
      reranked(run, filled, embedders, all);
      besideOwn(run, pack, questions, all, meaning);
    } finally {
      embedders.values().forEach(Embedder::close);
    }
  }

  /** What the domain's re-rankers, where it has some, make of what was found. */
  private static void reranked(BenchRun run, QuestionsIndex filled, Map<Language, Embedder> embedders, Found without)
      throws IOException {
    Map<Language, Reranker> rerankers = QuestionsIndex.rerankers(run);
    if (rerankers.isEmpty()) {
      return;
    }
    Found with = Found.by(SearchSettings.DEFAULT, filled.place(), embedders, rerankers::get, filled.questions());
    for (Language language : rerankers.keySet()) {
      List<DomainQuestion> answerable = answerable(filled.questions(), language);
      if (!answerable.isEmpty()) {
        String subject = filled.pack().name() + "-" + language.code();
        EvidenceRanks ranks = with.ranks(answerable);
        EvidenceRanks before = without.ranks(answerable);
        for (int depth : List.of(1, 3, DEPTH)) {
          run.add(
              row(subject, "evidence@" + depth + " with the domain's re-ranker", ranks.within(depth), "without", before.within(depth)));
        }
        run.add(
            row(subject, "MRR@10 with the domain's re-ranker", ranks.meanReciprocal(DEPTH), "without", before.meanReciprocal(DEPTH)));
      }
    }
  }

  private static List<DomainQuestion> asked(DomainQuestions questions, Language language) {
    return questions.questions().stream().filter(question -> Language.ofCode(question.language()) == language).toList();
  }

  private static List<DomainQuestion> answerable(DomainQuestions questions, Language language) {
    return asked(questions, language).stream().filter(DomainQuestion::answerable).toList();
  }

  private static List<DomainQuestion> unanswerable(DomainQuestions questions, Language language) {
    return asked(questions, language).stream().filter(question -> !question.answerable()).toList();
  }

  /** What the domain's own embedders find, where it has some, beside the pretrained ones. */
  private static void besideOwn(BenchRun run, DomainPack pack, DomainQuestions questions, Found pretrained, Found meaning)
      throws IOException {
    Map<Language, Embedder> own = QuestionsIndex.ownEmbedders(run).orElse(null);
    if (own == null) {
      return;
    }
    try {
      Path index = QuestionsIndex.of(run, own, "questions-own").place();
      Found all = Found.by(SearchSettings.DEFAULT, index, own, questions);
      Found alone = Found.by(alone(SearchSettings.DEFAULT, 1), index, own, questions);
      for (Language language : Language.values()) {
        String subject = pack.name() + "-" + language.code();
        List<DomainQuestion> answerable = answerable(questions, language);
        if (!answerable.isEmpty()) {
          run.add(
              row(subject, "MRR@10 with the domain's embedder", all.ranks(answerable).meanReciprocal(DEPTH), "pretrained",
                  pretrained.ranks(answerable).meanReciprocal(DEPTH)));
          run.add(
              row(subject, "MRR@10 with the domain's embedder, meaning alone", alone.ranks(answerable).meanReciprocal(DEPTH),
                  "pretrained", meaning.ranks(answerable).meanReciprocal(DEPTH)));
          run.add(
              Row.alone(
                  subject, "said not to be in the sources with the domain's embedder, of those that are", all.refused(answerable), "share"));
          run.add(
              Row.alone(
                  subject, "said not to be in the sources with the domain's embedder, of those that are not",
                  all.refused(unanswerable(questions, language)), "share"));
        }
      }
    } finally {
      own.values().forEach(Embedder::close);
    }
  }

  private static void report(
      String subject, Language language, DomainQuestions questions, Found all, Found words, Found meaning, BenchRun run) {
    List<DomainQuestion> asked = asked(questions, language);
    List<DomainQuestion> answerable = answerable(questions, language);
    List<DomainQuestion> unanswerable = unanswerable(questions, language);
    if (!answerable.isEmpty()) {
      EvidenceRanks ranks = all.ranks(answerable);
      EvidenceRanks byWords = words.ranks(answerable);
      EvidenceRanks byMeaning = meaning.ranks(answerable);
      for (int depth : List.of(1, 3, DEPTH)) {
        run.add(row(subject, "evidence@" + depth, ranks.within(depth), "words alone", byWords.within(depth)));
        run.add(row(subject, "evidence@" + depth + ", all beside meaning", ranks.within(depth), "meaning alone", byMeaning.within(depth)));
      }
      run.add(row(subject, "MRR@10", ranks.meanReciprocal(DEPTH), "words alone", byWords.meanReciprocal(DEPTH)));
      run.add(row(subject, "MRR@10, all beside meaning", ranks.meanReciprocal(DEPTH), "meaning alone", byMeaning.meanReciprocal(DEPTH)));
      run.add(Row.alone(subject, "said not to be in the sources, of those that are", all.refused(answerable), "share"));
    }
    if (!unanswerable.isEmpty()) {
      run.add(Row.alone(subject, "said not to be in the sources, of those that are not", all.refused(unanswerable), "share"));
    }
    kinds(asked).forEach((tag, some) -> {
      EvidenceRanks ranks = all.ranks(some);
      run.say("  %s %s: %d questions, evidence@1 %.2f, evidence@3 %.2f, evidence@%d %.2f".formatted(
          subject, tag, some.size(), ranks.within(1), ranks.within(3), DEPTH, ranks.within(DEPTH)));
    });
    for (DomainQuestion question : asked) {
      all.fault(question, DEPTH).ifPresent(fault -> run.say("  " + question.id() + ": " + fault + ": " + question.question()));
    }
  }

  /** Questions with evidence by tag; one with several tags counts for each. */
  private static Map<String, List<DomainQuestion>> kinds(List<DomainQuestion> questions) {
    Map<String, List<DomainQuestion>> kinds = new TreeMap<>();
    for (DomainQuestion question : questions) {
      if (question.answerable() && question.tags() != null) {
        question.tags().forEach(tag -> kinds.computeIfAbsent(tag, _ -> new ArrayList<>()).add(question));
      }
    }
    return kinds;
  }

  private static Row row(String subject, String metric, double value, String reference, double referenceValue) {
    return referenceValue > 0
        ? Row.against(subject, metric, value, "share", reference, referenceValue)
        : Row.alone(subject, metric, value, "share");
  }

  private static SearchSettings alone(SearchSettings whole, double dense) {
    SearchSettings s = whole.with(ranking -> ranking.withDenseShare(dense).alone());
    return new SearchSettings(s.english(), s.chinese(), s.headingWeight(), s.pathWeight(), 0, s.candidates(), s.perDocument(), s.repeatFrom());
  }
}
