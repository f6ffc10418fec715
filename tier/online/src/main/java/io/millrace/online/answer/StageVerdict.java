// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.guard.Reasons;

import java.util.Locale;

/**
 * What risk control decided at one stage.
 *
 * @param stage {@code input} or {@code output}
 * @param decision {@code allow}, {@code redact}, {@code quote} or {@code refuse}
 * @param model name and version of the classifier in use; empty where rules judged alone
 */
public record StageVerdict(
    String stage, String decision, String rule, String reason, double score, String model) {

  /** Returns the verdict of a stage. */
  public static StageVerdict of(String stage, Verdict verdict, String model) {
    return new StageVerdict(
        stage,
        verdict.decision().name().toLowerCase(Locale.ROOT),
        verdict.rule(),
        verdict.reason(),
        verdict.score(),
        model);
  }

  /** Returns the same with its reason in the reader's language. */
  public StageVerdict in(Language language) {
    return new StageVerdict(stage, decision, rule, Reasons.in(language, reason), score, model);
  }
}
