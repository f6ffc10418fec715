// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.settings.DomainPack;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether scores reach what {@code domain.yaml} asks for. */
final class Gates {

  private Gates() {}

  /** Returns why a gate does not hold; empty when it does. */
  static Optional<String> check(DomainPack.Gate gate, Map<String, Double> scores) {
    Double score = scores.get(gate.score());
    if (score == null) {
      return Optional.of("its gate asks for '" + gate.score() + "', which was not measured; there are " + scores.keySet());
    }
    if (gate.atLeast() != null && !(score >= gate.atLeast())) {
      return Optional.of(
          String.format(Locale.ROOT, "%s is %.4g, below the %.4g that its gate asks for", gate.score(), score, gate.atLeast()));
    }
    if (gate.atMost() != null && !(score <= gate.atMost())) {
      return Optional.of(
          String.format(Locale.ROOT, "%s is %.4g, above the %.4g that its gate allows", gate.score(), score, gate.atMost()));
    }
    return Optional.empty();
  }

  static String words(Map<String, Double> scores) {
    return scores.isEmpty()
        ? "it has none"
        : scores.entrySet().stream()
            .map(score -> String.format(Locale.ROOT, "%s %.4g", score.getKey(), score.getValue()))
            .collect(Collectors.joining(", "));
  }
}
