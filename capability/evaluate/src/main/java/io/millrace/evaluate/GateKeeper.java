// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.core.settings.DomainPack.Gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Decides whether scores are good enough to be served. A score that is missing or not a number never passes. */
public final class GateKeeper {

  /**
   * A decision on all gates.
   *
   * @param passed whether every gate holds
   * @param findings one a gate, in order
   */
  public record Verdict(boolean passed, List<Finding> findings) {
    public Verdict {
      findings = List.copyOf(findings);
    }

    /** Returns the decision in one line, for logs and the registry's reasons. */
    public String text() {
      if (findings.isEmpty()) {
        return "no gates are set";
      }
      return (passed ? "passed: " : "failed: ") + String.join("; ", findings.stream().map(Finding::text).toList());
    }
  }

  /**
   * A decision on one gate.
   *
   * @param text for the person who asks why, for example {@code exactMatch 0.61 is at least 0.5}
   */
  public record Finding(Gate gate, boolean passed, String text) {}

  private GateKeeper() {}

  /** Decides. */
  public static Verdict judge(List<Gate> gates, Map<String, Double> scores) {
    List<Finding> findings = new ArrayList<>();
    for (Gate gate : gates) {
      findings.add(judge(gate, scores));
    }
    return new Verdict(findings.stream().allMatch(Finding::passed), findings);
  }

  private static Finding judge(Gate gate, Map<String, Double> scores) {
    Double score = scores.get(gate.score());
    if (score == null) {
      return new Finding(
          gate, false, gate.score() + " was not measured; measured: " + String.join(", ", new TreeSet<>(scores.keySet())));
    }
    List<String> texts = new ArrayList<>();
    boolean passed = !score.isNaN();
    if (gate.atLeast() != null) {
      boolean holds = score >= gate.atLeast();
      passed &= holds;
      texts.add((holds ? "is at least " : "is below ") + number(gate.atLeast()));
    }
    if (gate.atMost() != null) {
      boolean holds = score <= gate.atMost();
      passed &= holds;
      texts.add((holds ? "is at most " : "is above ") + number(gate.atMost()));
    }
    String text = score.isNaN() ? "is not a number" : String.join(" and ", texts);
    return new Finding(gate, passed, gate.score() + " " + number(score) + " " + text);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "NaN" : String.format(Locale.ROOT, "%.4g", value);
  }
}
