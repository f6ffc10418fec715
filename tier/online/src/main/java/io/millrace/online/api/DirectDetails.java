// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.online.answer.StageVerdict;
import io.millrace.online.generate.Outcome;

import java.util.List;
import java.util.Map;

/** What this gateway adds to a language model's own words. */
record DirectDetails(
    String trace, String mode, String model, List<StageVerdict> verdicts, Map<String, Double> timings) {

  static DirectDetails of(String trace, Outcome outcome) {
    return new DirectDetails(trace, "direct", outcome.model(), outcome.verdicts(), outcome.timings());
  }
}
