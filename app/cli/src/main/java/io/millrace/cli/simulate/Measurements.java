// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What was measured so far. All of it is guarded by this. */
final class Measurements {

  /** What became of a question. */
  enum Fate {
    ANSWERED,
    LIMITED,
    REFUSED
  }

  private final Map<String, List<Double>> latencies = new TreeMap<>();
  private final Map<String, Integer> failures = new TreeMap<>();
  private final Map<String, Integer> causes = new TreeMap<>();
  private final int[][] fates = new int[2][Fate.values().length];
  private final List<Double> searchable = new ArrayList<>();
  private final List<Double> gone = new ArrayList<>();
  private final List<Double> recommended = new ArrayList<>();
  private final Map<String, Integer> missed = new TreeMap<>();
  private int clicks;

  synchronized void answered(String endpoint, double millis) {
    latencies.computeIfAbsent(endpoint, key -> new ArrayList<>()).add(millis);
  }

  synchronized void failed(String endpoint, String cause) {
    failures.merge(endpoint, 1, Integer::sum);
    causes.merge(endpoint + ": " + cause, 1, Integer::sum);
  }

  synchronized void judged(boolean attack, Fate fate) {
    fates[attack ? 1 : 0][fate.ordinal()]++;
  }

  synchronized void clicked() {
    clicks++;
  }

  synchronized void searchableAfter(double millis) {
    searchable.add(millis);
  }

  synchronized void goneAfter(double millis) {
    gone.add(millis);
  }

  synchronized void recommendationsChangedAfter(double millis) {
    recommended.add(millis);
  }

  /** Counts a trial that did not come to its end in time. */
  synchronized void missed(String trial) {
    missed.merge(trial, 1, Integer::sum);
  }

  synchronized int requests() {
    return latencies.values().stream().mapToInt(List::size).sum() + errors();
  }

  synchronized int errors() {
    return failures.values().stream().mapToInt(Integer::intValue).sum();
  }

  synchronized SimulationReport report(double seconds) {
    Map<String, SimulationReport.Endpoint> endpoints = new TreeMap<>();
    for (String name : union()) {
      List<Double> millis = latencies.getOrDefault(name, List.of());
      endpoints.put(name, new SimulationReport.Endpoint(millis.size(), failures.getOrDefault(name, 0), Quantiles.of(millis)));
    }
    return new SimulationReport(
        seconds,
        endpoints,
        Map.copyOf(causes),
        questions(false),
        questions(true),
        clicks,
        Quantiles.of(searchable),
        Quantiles.of(gone),
        Quantiles.of(recommended),
        Map.copyOf(missed));
  }

  private SimulationReport.Questions questions(boolean attack) {
    int[] row = fates[attack ? 1 : 0];
    return new SimulationReport.Questions(
        Arrays.stream(row).sum(), row[Fate.REFUSED.ordinal()], row[Fate.LIMITED.ordinal()]);
  }

  private List<String> union() {
    List<String> names = new ArrayList<>(latencies.keySet());
    failures.keySet().stream().filter(name -> !names.contains(name)).forEach(names::add);
    Collections.sort(names);
    return names;
  }
}
