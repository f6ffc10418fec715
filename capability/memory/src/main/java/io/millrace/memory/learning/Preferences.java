// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.ShownHits;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What judged lists say about the order of hits, each by as much as it should count.
 *
 * <p><b>Position.</b> People look at what stands first, so that a hit is preferred to another partly because of where both stood. For each two
 * places the preferences for the hit at the one and for the hit at the other are made to count alike, by weighing down the more frequent ones:
 * inverse propensities (Joachims, Swaminathan and Schnabel, WSDM 2017) of pairs of places (Hu, Wang, Peng and Li, WWW 2019), estimated
 * from the lists themselves. Whatever the place alone explains is thereby taken to say nothing: whoever opens the first hit whatever it is
 * contradicts nobody and counts nothing, and whoever opens any says as much for the order as against it. (Weights that depend on the outcome shift
 * the intercept of a logistic model alone, Prentice and Pyke 1979: {@link WeightFit} has one for each two places.) To prefer an opened hit to those
 * that were skipped above it (Joachims, KDD 2002) would take both for complaints about the order.
 *
 * <p><b>People.</b> A user counts for {@value #MOST_OF_A_USER} preferences at most, and a tenant for no more than everybody else together: whoever
 * invents users invents them within a tenant. Users of no tenant are the house's own, and trusted so far.
 */
final class Preferences {

  /** Of a user whose preferences come to more, each counts less. */
  static final int MOST_OF_A_USER = 50;

  private Preferences() {}

  /** Returns the preferences of lists, weighed. */
  static List<Preference> of(Collection<JudgedList> lists) {
    List<Preference> all = new ArrayList<>();
    for (JudgedList list : lists) {
      for (int better = 0; better < list.size(); better++) {
        for (int worse = 0; worse < list.size(); worse++) {
          if (list.prefers(better) && !list.prefers(worse)) {
            all.add(new Preference(list, better, worse, 1));
          }
        }
      }
    }
    // How often each place wins is estimated with nobody too loud; what is left of a user after that is what counts.
    double[][] wins = wins(capped(all));
    return balanced(withoutRulers(capped(balanced(all, wins))));
  }

  private static List<Preference> capped(List<Preference> all) {
    Map<String, Double> byUser = new HashMap<>();
    all.forEach(each -> byUser.merge(each.list().user(), each.weight(), Double::sum));
    return all.stream()
        .map(each -> each.weighing(each.weight() * Math.min(1, MOST_OF_A_USER / byUser.getOrDefault(each.list().user(), 1.0))))
        .toList();
  }

  /** Returns how much preferences count together. */
  static double weight(Collection<Preference> preferences) {
    return preferences.stream().mapToDouble(Preference::weight).sum();
  }

  private static List<Preference> withoutRulers(List<Preference> all) {
    Map<String, Double> byTenant = new HashMap<>();
    all.forEach(each -> byTenant.merge(each.list().tenant(), each.weight(), Double::sum));
    double whole = weight(all);
    return all.stream()
        .map(
            each -> {
              double own = byTenant.getOrDefault(each.list().tenant(), 0.0);
              boolean rules = !each.list().tenant().isEmpty() && own > whole - own;
              return rules ? each.weighing(each.weight() * (whole - own) / own) : each;
            })
        .filter(each -> each.weight() > 0)
        .toList();
  }

  private static List<Preference> balanced(List<Preference> all) {
    return balanced(all, wins(all));
  }

  /** Weighs down what is more frequent at two places to what is less. */
  private static List<Preference> balanced(List<Preference> all, double[][] wins) {
    return all.stream()
        .map(
            each -> {
              double these = wins[each.better()][each.worse()];
              double those = wins[each.worse()][each.better()];
              return each.weighing(each.weight() * Math.min(these, those) / these);
            })
        .filter(each -> each.weight() > 0)
        .toList();
  }

  /** Returns how often the hit at one place was preferred to that at another, by both places. */
  private static double[][] wins(List<Preference> all) {
    double[][] wins = new double[ShownHits.MOST][ShownHits.MOST];
    all.forEach(each -> wins[each.better()][each.worse()] += each.weight());
    return wins;
  }
}
