// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Requests that wait: the highest priority first, among equals the tenant that has been served least, and of a tenant's the
 * first that came (virtual token counters: Sheng et al., Fairness in Serving Large Language Models, 2024). Its owner's lock
 * guards it.
 */
final class FairQueue {
  /** What a written token weighs beside one that is read, as in the paper. */
  private static final int WRITTEN = 2;

  private final List<Sequence> waiting = new ArrayList<>();
  private final Map<String, Double> served = new HashMap<>();
  private final Map<String, Integer> present = new HashMap<>(); // sequences that wait or run, by tenant

  int size() {
    return waiting.size();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** How many of a tenant's wait. */
  int waiting(String tenant) {
    return (int) waiting.stream().filter(s -> s.tenant().equals(tenant)).count();
  }

  /** Takes a request that has just come. A tenant that was away does not get the time back in which it asked for nothing. */
  void arrive(Sequence sequence) {
    if (present.merge(sequence.tenant(), 1, Integer::sum) == 1) {
      double least = Double.POSITIVE_INFINITY;
      for (String other : present.keySet()) {
        if (!other.equals(sequence.tenant())) {
          least = Math.min(least, served.getOrDefault(other, 0.0));
        }
      }
      if (least < Double.POSITIVE_INFINITY) {
        served.merge(sequence.tenant(), least, Math::max);
      }
    }
    waiting.add(sequence);
  }

  /** Takes one back that had to give up its place. */
  void putBack(Sequence sequence) {
    waiting.add(sequence);
  }

  /** A request has ended, wherever it was. */
  void leave(Sequence sequence) {
    waiting.remove(sequence);
    if (present.merge(sequence.tenant(), -1, Integer::sum) == 0) {
      present.remove(sequence.tenant());
      if (served.size() > 1_000) { // tenants of long ago
        Set<String> gone = new HashSet<>(served.keySet());
        gone.removeAll(present.keySet());
        gone.forEach(served::remove);
      }
    }
  }

  /** Counts tokens that a tenant was given. */
  void serve(String tenant, int read, int written) {
    served.merge(tenant, (double) read + WRITTEN * written, Double::sum);
  }

  /** The order in which all of these would be served. */
  Comparator<Sequence> order() {
    return Comparator.comparingInt((Sequence s) -> -s.priority())
        .thenComparingDouble(s -> served.getOrDefault(s.tenant(), 0.0))
        .thenComparingLong(s -> s.number);
  }

  /** The next one; there is one. */
  Sequence first() {
    return waiting.stream().min(order()).orElseThrow();
  }

  void remove(Sequence sequence) {
    waiting.remove(sequence);
  }

  /** Takes out and returns those of which something is true. */
  List<Sequence> removeAll(Predicate<Sequence> which) {
    List<Sequence> out = new ArrayList<>();
    for (Iterator<Sequence> it = waiting.iterator(); it.hasNext(); ) {
      Sequence s = it.next();
      if (which.test(s)) {
        it.remove();
        out.add(s);
      }
    }
    return out;
  }
}
