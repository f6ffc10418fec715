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
 * contradicts nobody and counts nothing, and whoever opens any says as much for the order as against it. To prefer an opened hit to those
 * that were skipped above it (Joachims, KDD 2002) would take both for complaints about the order.
 *
 * <p><b>People.</b> A user counts for {@value #MOST_OF_A_USER} preferences at most, and a tenant for no more than everybody else together: whoever
 * invents users invents them within a tenant. Users of no tenant are the house's own, and trusted so far.
 */
final class Preferences {

  /** Of a user whose preferences are more, each counts less. */
  static final int MOST_OF_A_USER = 50;

  private Preferences() {}

  /** Returns the preferences of lists, weighed. */
  static List<Preference> of(Collection<JudgedList> lists) {
    List<Preference> all = new ArrayList<>();
    Map<String, Integer> byUser = new HashMap<>();
    for (JudgedList list : lists) {
      for (int better = 0; better < list.size(); better++) {
        for (int worse = 0; worse < list.size(); worse++) {
          if (list.prefers(better) && !list.prefers(worse)) {
            all.add(new Preference(list, better, worse, 1));
            byUser.merge(list.user(), 1, Integer::sum);
          }
        }
      }
    }
    all.replaceAll(each -> each.weighing(Math.min(1, (double) MOST_OF_A_USER / byUser.getOrDefault(each.list().user(), 1))));
    return balanced(withoutRulers(all));
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
    double[][] sums = new double[ShownHits.MOST][ShownHits.MOST];
    all.forEach(each -> sums[each.better()][each.worse()] += each.weight());
    return all.stream()
        .map(
            each -> {
              double these = sums[each.better()][each.worse()];
              double those = sums[each.worse()][each.better()];
              return each.weighing(each.weight() * Math.min(these, those) / these);
            })
        .filter(each -> each.weight() > 0)
        .toList();
  }
}
