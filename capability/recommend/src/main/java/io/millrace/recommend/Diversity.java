// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;

/**
 * Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): each next item is the one whose relevance, less its
 * likeness to what is already on the list, is highest; and at most so many items of one group, as long as there are
 * others.
 */
final class Diversity {

  private Diversity() {}

  /**
   * Chooses.
   *
   * @param ranked candidates, best first
   * @param relevance from 0 to 1
   * @param likeness from 0 to 1
   * @param share from 0 to 1: what relevance counts against variety
   */
  static <T> List<T> choose(
      List<T> ranked,
      int limit,
      ToDoubleFunction<T> relevance,
      ToDoubleBiFunction<T, T> likeness,
      double share,
      Function<T, String> group,
      int perGroup) {
    List<T> left = new ArrayList<>(ranked);
    double[] closest = new double[left.size()];
    boolean[] taken = new boolean[left.size()];
    Map<String, Integer> groups = new HashMap<>();
    List<T> chosen = new ArrayList<>();
    while (chosen.size() < Math.min(limit, left.size())) {
      int best =
          next(left, taken, closest, relevance, share, item -> groups.getOrDefault(group.apply(item), 0) < perGroup);
      if (best < 0) {
        best = next(left, taken, closest, relevance, share, item -> true);
      }
      T item = left.get(best);
      taken[best] = true;
      chosen.add(item);
      groups.merge(group.apply(item), 1, Integer::sum);
      for (int i = 0; i < closest.length; i++) {
        if (!taken[i]) {
          closest[i] = Math.max(closest[i], likeness.applyAsDouble(left.get(i), item));
        }
      }
    }
    return chosen;
  }

  private static <T> int next(
      List<T> left,
      boolean[] taken,
      double[] closest,
      ToDoubleFunction<T> relevance,
      double share,
      Predicate<T> allowed) {
    int best = -1;
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < taken.length; i++) {
      if (!taken[i] && allowed.test(left.get(i))) {
        double value = share * relevance.applyAsDouble(left.get(i)) - (1 - share) * closest[i];
        if (value > highest) {
          highest = value;
          best = i;
        }
      }
    }
    return best;
  }
}
