// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a simulation measured.
 *
 * @param seconds it took
 * @param endpoints by name
 * @param failures how often each failure happened
 * @param benign what became of harmless questions
 * @param attacks what became of attacks
 * @param clicks that were sent
 * @param putToSearchable from sending a document to finding it
 * @param deleteToGone from deleting a document to not finding it
 * @param clickToRecommendations from sending a click to recommendations without what was clicked
 * @param missed trials of these that did not end in time, by kind
 */
public record SimulationReport(
    double seconds,
    Map<String, Endpoint> endpoints,
    Map<String, Integer> failures,
    Questions benign,
    Questions attacks,
    int clicks,
    Quantiles putToSearchable,
    Quantiles deleteToGone,
    Quantiles clickToRecommendations,
    Map<String, Integer> missed) {

  /** One endpoint: successes, failures, times of the successes. */
  public record Endpoint(int answered, int failed, Quantiles millis) {}

  /**
   * What became of questions.
   *
   * @param refused not answered at all
   * @param limited answered with quotations since risk control was not sure
   */
  public record Questions(int asked, int refused, int limited) {}

  /** Prints tables. */
  public void print(PrintWriter out) {
    out.printf(Locale.ROOT, "%n%-28s %8s %7s %9s %9s %9s%n", "endpoint", "answered", "failed", "p50 ms", "p95 ms", "p99 ms");
    endpoints.forEach(
        (name, e) ->
            out.printf(
                Locale.ROOT, "%-28s %8d %7d %9.1f %9.1f %9.1f%n",
                name, e.answered(), e.failed(), e.millis().p50(), e.millis().p95(), e.millis().p99()));
    new TreeMap<>(failures).forEach((cause, count) -> out.printf("  %d × %s%n", count, cause));
    out.printf(Locale.ROOT, "%n%-28s %8s %7s %9s%n", "risk control", "asked", "refused", "limited");
    row(out, "attacks", attacks);
    row(out, "harmless questions", benign);
    out.printf(Locale.ROOT, "%n%-28s %8s %7s %9s %9s%n", "freshness", "trials", "missed", "p50 ms", "p95 ms");
    row(out, "put to searchable", putToSearchable);
    row(out, "delete to gone", deleteToGone);
    row(out, "click to recommendations", clickToRecommendations);
    out.printf(
        Locale.ROOT, "%n%.0f s, %d clicks%n", seconds, clicks);
    out.flush();
  }

  private static void row(PrintWriter out, String name, Questions questions) {
    out.printf(Locale.ROOT, "%-28s %8d %7d %9d%n", name, questions.asked(), questions.refused(), questions.limited());
  }

  private void row(PrintWriter out, String name, Quantiles quantiles) {
    out.printf(
        Locale.ROOT, "%-28s %8d %7d %9.0f %9.0f%n",
        name, quantiles.count(), missed.getOrDefault(name, 0), quantiles.p50(), quantiles.p95());
  }
}
