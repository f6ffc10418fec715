// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.core.event.Event;
import io.millrace.core.spi.Guard;
import io.millrace.online.event.EventJournal;
import io.millrace.online.model.UserModels;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
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

  /** Writes down what risk control decided of a question, whatever became of the answer. */
  void judged(Question question, List<StageVerdict> verdicts, UserModels models) {
    String judge = models.guardVersion().isEmpty() ? NONE : models.guardVersion();
    Instant now = Instant.now();
    for (StageVerdict verdict : verdicts) {
      meters
          .counter("millrace.verdicts", "stage", verdict.stage(), "decision", verdict.decision(), "model", judge)
          .increment();
      journal.append(
          new Event.Judged(
              UUID.randomUUID().toString(), now, question.trace(), question.user(), verdict.stage(), verdict.decision(),
              verdict.rule(), models.guard().redact(verdict.reason()).text(), verdict.score(), verdict.model()));
    }
  }

  void answered(Question question, Answer answer, UserModels models) {
    Guard guard = models.guard();
    // The version that was asked counts, also where its answer did not go out: that is what a trial is about.
    String asked = models.asked().isEmpty() ? NONE : models.asked();
    Instant now = Instant.now();
    List<String> cited = answer.citations().stream().map(Citation::passage).toList();
    journal.append(
        new Event.Answered(
            UUID.randomUUID().toString(),
            now,
            question.trace(),
            question.user(),
            guard.redact(question.text()).text(),
            guard.redact(answer.text()).text(),
            answer.mode().code(),
            answer.model() == null ? "" : answer.model(),
            cited,
            answer.promptTokens(),
            answer.completionTokens(),
            answer.timings()));
    meters
        .counter("millrace.answers", "mode", answer.mode().code(), "route", question.route().model(), "model", asked)
        .increment();
    meters.counter("millrace.tokens", "kind", "prompt").increment(answer.promptTokens());
    meters.counter("millrace.tokens", "kind", "completion").increment(answer.completionTokens());
    answer.timings().forEach(
        (step, millis) ->
            meters
                .timer("millrace.answer.step", "step", step, "model", asked)
                .record(Duration.ofNanos((long) (millis * 1e6))));
  }
}
