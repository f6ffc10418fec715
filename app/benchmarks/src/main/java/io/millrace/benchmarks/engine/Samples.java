// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.Figures;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was measured, turn by turn; the middle one counts. */
final class Samples {
  private record Key(String contender, Task task) {}

  private final Map<Key, List<Double>> values = new LinkedHashMap<>();

  void add(String contender, Task task, double value) {
    values.computeIfAbsent(new Key(contender, task), _ -> new ArrayList<>()).add(value);
  }

  boolean has(String contender, Task task) {
    return values.containsKey(new Key(contender, task));
  }

  /** The last turn's. */
  double last(String contender, Task task) {
    return all(contender, task).getLast();
  }

  /** The median of all turns. */
  double median(String contender, Task task) {
    return Figures.median(all(contender, task).stream().mapToDouble(Double::doubleValue).toArray());
  }

  private List<Double> all(String contender, Task task) {
    List<Double> all = values.get(new Key(contender, task));
    if (all == null) {
      throw new IllegalArgumentException(contender + " has not done " + task);
    }
    return all;
  }
}
