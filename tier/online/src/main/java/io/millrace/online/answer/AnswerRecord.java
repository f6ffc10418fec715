// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.core.document.Labels;
import io.millrace.core.document.Language;
import io.millrace.core.event.Event;
import io.millrace.core.event.ShownHits;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.memory.query.Inquiry;
import io.millrace.online.event.EventJournal;
import io.millrace.online.model.UserModels;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Writes down what was answered: events for the log, without secrets, and figures for the monitoring. */
public final class AnswerRecord {

  /** Tag of what no model had a part in. */
  private static final String NONE = "none";

  private final EventJournal journal;
  private final MeterRegistry meters;

  public AnswerRecord(EventJournal journal, MeterRegistry meters) {
    this.journal = journal;
    this.meters = meters;
  }

  /** Writes down what risk control decided of a request, whatever became of the answer. */
  public void judged(String trace, String user, List<StageVerdict> verdicts, UserModels models) {
    String judge = models.guardVersion().isEmpty() ? NONE : models.guardVersion();
    Instant now = Instant.now();
    for (StageVerdict verdict : verdicts) {
      meters
          .counter("millrace.verdicts", "stage", verdict.stage(), "decision", verdict.decision(), "model", judge)
          .increment();
      journal.append(
          new Event.Judged(
              UUID.randomUUID().toString(), now, trace, user, verdict.stage(), verdict.decision(),
              verdict.rule(), models.guard().redact(verdict.reason()).text(), verdict.score(), verdict.model()));
    }
  }

  void answered(Question question, Inquiry inquiry, Answer answer, UserModels models) {
    answered(
        new Event.Answered(
            UUID.randomUUID().toString(),
            Instant.now(),
            question.trace(),
            question.user(),
            question.text(),
            answer.text(),
            answer.mode().code(),
            answer.model() == null ? "" : answer.model(),
            answer.citations().stream().map(Citation::passage).toList(),
            answer.promptTokens(),
            answer.completionTokens(),
            answer.timings(),
            answer.labels(),
            shown(inquiry, answer)),
        question.route().model(),
        models);
    if (!answer.sentences().isEmpty()) {
      grounded(question, answer);
    }
  }

  /** Hits of several searches, each scaled to its own candidates, cannot be compared, so nothing is learned from them. */
  private static @Nullable ShownHits shown(Inquiry inquiry, Answer answer) {
    return inquiry.parted() ? null : Retrieved.shown(answer.retrieved(), Language.of(inquiry.text()), Aim.ANSWER);
  }

  private void grounded(Question question, Answer answer) {
    answer.sentences().forEach(
        sentence -> meters.counter("millrace.sentences", "verdict", sentence.verdict(), "mode", answer.mode().code()).increment());
    journal.append(
        new Event.Grounded(
            UUID.randomUUID().toString(), Instant.now(), question.trace(), question.user(),
            answer.sentences().stream().map(AnswerRecord::recorded).toList()));
  }

  private static Event.Grounded.Sentence recorded(Sentence sentence) {
    Sentence.Evidence evidence = sentence.evidence();
    return evidence == null
        ? new Event.Grounded.Sentence(sentence.start(), sentence.end(), sentence.verdict(), sentence.score(), "", 0, 0)
        : new Event.Grounded.Sentence(
            sentence.start(), sentence.end(), sentence.verdict(), sentence.score(), evidence.passage(), evidence.start(),
            evidence.end());
  }

  /**
   * Writes down what was answered.
   *
   * @param answered as it was; secrets are removed here
   * @param route the model that the client named
   */
  public void answered(Event.Answered answered, String route, UserModels models) {
    Guard guard = models.guard();
    // The version that was asked counts, also where its answer did not go out: that is what a trial is about.
    String asked = models.asked().isEmpty() ? NONE : models.asked();
    Set<String> labels = new TreeSet<>(answered.labels());
    // What a tenant's user asks is the tenant's, whatever it was answered from.
    labels.addAll(Labels.ofTenant(Labels.tenantOf(answered.user())));
    journal.append(
        new Event.Answered(
            answered.id(), answered.at(), answered.trace(), answered.user(), guard.redact(answered.question()).text(),
            guard.redact(answered.answer()).text(), answered.mode(), answered.model(), answered.citations(),
            answered.promptTokens(), answered.completionTokens(), answered.millis(), labels, answered.shown()));
    meters.counter("millrace.answers", "mode", answered.mode(), "route", route, "model", asked).increment();
    meters.counter("millrace.tokens", "kind", "prompt").increment(answered.promptTokens());
    meters.counter("millrace.tokens", "kind", "completion").increment(answered.completionTokens());
    answered.millis().forEach(
        (step, millis) ->
            meters
                .timer("millrace.answer.step", "step", step, "model", asked)
                .record(Duration.ofNanos((long) (millis * 1e6))));
  }
}
