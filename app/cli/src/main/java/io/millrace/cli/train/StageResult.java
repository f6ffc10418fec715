// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.train.ClassificationScore;
import io.millrace.train.Outcome;
import io.millrace.train.RankingScore;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a stage came to.
 *
 * @param outcome steps, time, loss curve; null for stages that take no steps
 * @param measures on held-out data
 * @param inputs of what it learnt from, for the registry
 */
record StageResult(@Nullable Outcome outcome, List<Measure> measures, Map<String, String> inputs) {
  /**
   * A figure on held-out data.
   *
   * @param name in the registry
   * @param before training; null where it has no meaning
   * @param after training; null if it was not measured
   * @param meaning for people
   */
  record Measure(String name, @Nullable Double before, @Nullable Double after, String meaning) {}

  /** Nothing but an outcome, as after an interruption. */
  static StageResult of(Outcome outcome, List<Measure> measures) {
    return new StageResult(outcome, measures, Map.of());
  }

  boolean finished() {
    return outcome == null || outcome.finished();
  }

  /** What the registry keeps. */
  Map<String, Double> scores() {
    Map<String, Double> scores = new TreeMap<>();
    for (Measure measure : measures) {
      if (measure.before != null && Double.isFinite(measure.before)) {
        scores.put(measure.name + "Before", measure.before);
      }
      if (measure.after != null && Double.isFinite(measure.after)) {
        scores.put(measure.name, measure.after);
      }
    }
    return scores;
  }

  /** Measures before and after, a line each. */
  String table() {
    if (measures.isEmpty()) {
      return "Nothing was held out, so nothing was measured.\n";
    }
    StringBuilder table = new StringBuilder(
        String.format(Locale.ROOT, "%-22s %10s %10s%n", "held-out measure", "before", "after"));
    for (Measure measure : measures) {
      table.append(String.format(Locale.ROOT, "%-22s %10s %10s  %s%n",
          measure.name, figure(measure.before), figure(measure.after), measure.meaning));
    }
    return table.toString();
  }

  private static String figure(@Nullable Double value) {
    return value == null || value.isNaN() ? "–" : String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.4f" : "%,.1f", value);
  }

  static List<Measure> ranking(@Nullable RankingScore before, @Nullable RankingScore after) {
    List<Measure> measures = new ArrayList<>();
    if (before != null) {
      measures.add(new Measure("recallAt1", before.recallAt1(), after == null ? null : after.recallAt1(),
          "share of " + before.queries() + " queries whose first candidate is right"));
      measures.add(new Measure("mrr", before.mrr(), after == null ? null : after.mrr(), "mean of 1/rank of the first right one"));
      measures.add(new Measure("ndcgAt10", before.ndcgAt10(), after == null ? null : after.ndcgAt10(), "discounted gain of the first ten"));
    }
    return measures;
  }

  static List<Measure> classification(@Nullable ClassificationScore before, @Nullable ClassificationScore after) {
    List<Measure> measures = new ArrayList<>();
    if (before != null) {
      measures.add(new Measure("accuracy", before.accuracy(), after == null ? null : after.accuracy(),
          String.format(Locale.ROOT, "of %d texts; always the commonest class: %.4f", before.texts(), before.majority())));
      measures.add(new Measure("macroF1", before.macroF1(), after == null ? null : after.macroF1(), "mean over classes"));
      measures.add(new Measure("auc", before.auc(), after == null ? null : after.auc(), "area under the ROC curve"));
    }
    return measures;
  }
}
