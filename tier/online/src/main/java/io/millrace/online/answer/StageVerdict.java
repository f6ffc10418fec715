// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.spi.Guard.Verdict;

import java.util.Locale;

/**
 * What risk control decided at one stage.
 *
 * @param stage {@code input} or {@code output}
 * @param decision {@code allow}, {@code redact}, {@code quote} or {@code refuse}
 */
public record StageVerdict(String stage, String decision, String rule, String reason, double score) {

  static StageVerdict of(String stage, Verdict verdict) {
    return new StageVerdict(
        stage,
        verdict.decision().name().toLowerCase(Locale.ROOT),
        verdict.rule(),
        verdict.reason(),
        verdict.score());
  }
}
