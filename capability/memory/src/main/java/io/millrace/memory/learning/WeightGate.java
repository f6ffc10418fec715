// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.memory.learning.WeightFit.Fitted;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Decides whether weights take the place of those in use: on preferences that came after all that they were learned from, they must leave less to wonder
 * about than those in use, by a margin, and so surely that ninety-nine of a hundred samples of people (Efron 1979) say so, too. A person's preferences go together, so people
 * are drawn and not preferences. All of that must hold without the preferences of any one tenant as well: what only one of them wants, or makes up
 * by users that there are not, is not what everybody gets.
 *
 * @param score of hits
 */
record WeightGate(HitScore score) {

  /** Preferences, at least, by weight: fewer say nothing for sure. */
  static final int FEWEST = 200;

  /** By so much more probable must be, in the geometric mean, what people preferred. */
  static final double MARGIN = 0.01;

  private static final int SAMPLES = 1_000;
  private static final double DOUBT = 0.01;

  /**
   * What was decided.
   *
   * @param taken whether the new weights are used
   * @param before how probable what people preferred is by the weights in use: the geometric mean; one half where they say nothing
   * @param after the same of the new ones
   * @param lowerBound what is gained at least, but for one sample of a hundred
   * @param preferences that were looked at, by weight
   * @param people whose they are
   * @param reason for the person who asks
   */
  record Verdict(boolean taken, double before, double after, double lowerBound, double preferences, int people, String reason) {
    double gain() {
      return after - before;
    }

    Verdict refused(String other) {
      return new Verdict(false, before, after, lowerBound, preferences, people, other);
    }
  }

  /** A person's preferences, and how surprising they are by the weights before and after. */
  private static final class Person {
    double weight;
    double before;
    double after;
  }

  /** Judges by lists that came after those that were learned from. */
  Verdict judge(List<JudgedList> heldOut, Fitted inUse, Fitted proposed) {
    Verdict all = decide(Preferences.of(heldOut), inUse, proposed);
    Set<String> tenants = heldOut.stream().map(JudgedList::tenant).filter(name -> !name.isEmpty()).collect(Collectors.toCollection(TreeSet::new));
    for (String tenant : tenants) {
      if (all.taken()) {
        Verdict others =
            decide(Preferences.of(heldOut.stream().filter(list -> !list.tenant().equals(tenant)).toList()), inUse, proposed);
        all = others.taken() ? all : all.refused("without one tenant's preferences " + others.reason());
      }
    }
    return all;
  }

  private Verdict decide(List<Preference> heldOut, Fitted inUse, Fitted proposed) {
    Map<String, Person> byUser = new LinkedHashMap<>();
    for (Preference each : heldOut) {
      Person person = byUser.computeIfAbsent(each.list().user(), _ -> new Person());
      person.weight += each.weight();
      person.before += each.weight() * inUse.surprise(score, each);
      person.after += each.weight() * proposed.surprise(score, each);
    }
    List<Person> people = new ArrayList<>(byUser.values());
    double weight = people.stream().mapToDouble(person -> person.weight).sum();
    double before = Math.exp(-people.stream().mapToDouble(person -> person.before).sum() / Math.max(weight, 1));
    double after = Math.exp(-people.stream().mapToDouble(person -> person.after).sum() / Math.max(weight, 1));
    double lower = weight < FEWEST ? Double.NEGATIVE_INFINITY : lowerBound(people);
    String figures =
        String.format(
            Locale.ROOT, "they make what %d people preferred, %.0f preferences, probable by %.1f %% instead of %.1f %%", people.size(), weight,
            100 * after, 100 * before);
    if (weight < FEWEST) {
      return new Verdict(false, before, after, lower, weight, people.size(), "there are only " + Math.round(weight) + " of " + FEWEST + " preferences");
    }
    if (after - before < MARGIN) {
      return new Verdict(
          false, before, after, lower, weight, people.size(), figures + ", and it takes " + 100 * MARGIN + " % more");
    }
    if (lower <= 0) {
      return new Verdict(
          false, before, after, lower, weight, people.size(), figures + ", which other people might not bear out");
    }
    return new Verdict(true, before, after, lower, weight, people.size(), figures);
  }

  private static double lowerBound(List<Person> people) {
    SplittableRandom random = new SplittableRandom(1);
    double[] gains = new double[SAMPLES];
    for (int sample = 0; sample < SAMPLES; sample++) {
      double weight = 0;
      double gain = 0;
      for (int i = 0; i < people.size(); i++) {
        Person person = people.get(random.nextInt(people.size()));
        weight += person.weight;
        gain += person.before - person.after;
      }
      gains[sample] = gain / weight;
    }
    Arrays.sort(gains);
    return gains[(int) (DOUBT * SAMPLES)];
  }
}
