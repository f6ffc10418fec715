// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.memory.query.Inquiry;
import io.millrace.online.model.UserModels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** What is gathered about a question on its way. Confined to the request's thread. */
final class Journey {

  private Question question;
  private final UserModels models;
  private final Language language;
  private final long begin = System.nanoTime();
  private final Map<String, Double> timings = new LinkedHashMap<>();
  private final List<StageVerdict> verdicts = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Set<String> labels = new TreeSet<>();
  private List<Retrieved> retrieved = List.of();
  private Inquiry inquiry;

  Journey(Question question, UserModels models) {
    this.question = question;
    this.models = models;
    this.language = question.language();
    this.inquiry = question.inquiry();
    for (Step step : Step.values()) {
      timings.put(step.code(), 0.0);
    }
  }

  Question question() {
    return question;
  }

  /** The models that this user gets. */
  UserModels models() {
    return models;
  }

  /** The guard that the journey began with; it stays the same although another classifier may be promoted. */
  Guard guard() {
    return models.guard();
  }

  Language language() {
    return language;
  }

  Phrases phrases() {
    return Phrases.of(language);
  }

  /** Does a step and adds its time to what the step took so far. */
  <T> T timed(Step step, Supplier<T> work) {
    long from = System.nanoTime();
    try {
      return work.get();
    } finally {
      timings.merge(step.code(), millisSince(from), Double::sum);
    }
  }

  void judged(String stage, Verdict verdict) {
    verdicts.add(StageVerdict.of(stage, verdict, models.guardVersion()));
  }

  List<StageVerdict> verdicts() {
    return verdicts;
  }

  /** Goes on with the question alone, as if nothing had been said before it. */
  void forgetHistory() {
    question = question.alone();
    inquiry = question.inquiry();
  }

  /** The question as it was understood. */
  Inquiry inquiry() {
    return inquiry;
  }

  /** Returns what is searched for, and what the passages are read for: the question, made to stand alone. */
  String sought() {
    return inquiry.text();
  }

  void note(String note) {
    notes.add(note);
  }

  void note(List<String> more) {
    notes.addAll(more);
  }

  void retrieved(List<Retrieved> found) {
    retrieved = found;
  }

  /** Notes the access labels of a passage that the answer may rest on. */
  void rests(Set<String> more) {
    labels.addAll(more);
  }

  List<Retrieved> retrieved() {
    return retrieved;
  }

  /** Ends the journey with what the user gets. */
  Answer end(Draft draft, boolean grounded) {
    List<Sentence> sentences =
        timed(Step.CHECK, () -> SentenceEvidence.of(guard(), question.text(), draft, question.deadline()));
    Map<String, Double> all = new LinkedHashMap<>(timings);
    all.put("total", millisSince(begin));
    return new Answer(
        question.trace(),
        draft.mode(),
        draft.model(),
        draft.text(),
        grounded,
        sentences,
        draft.citations(),
        retrieved,
        verdicts,
        all,
        draft.promptTokens(),
        draft.completionTokens(),
        draft.finish(),
        notes,
        labels);
  }

  private static double millisSince(long nanoTime) {
    return Math.round((System.nanoTime() - nanoTime) / 1_000.0) / 1_000.0;
  }
}
