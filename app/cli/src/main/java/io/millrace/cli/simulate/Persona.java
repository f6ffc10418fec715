// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * A simulated person.
 *
 * @param user identity that the gateway sees
 * @param interests what the person cares about, with weights that sum to one; the first one matters most
 */
record Persona(String user, Map<String, Double> interests) {

  private static final int MOST_INTERESTS = 3;

  Persona {
    interests = Collections.unmodifiableMap(new LinkedHashMap<>(interests));
  }

  /** Draws a person: one to three interests, each weighing half as much as the one before. */
  static Persona draw(String user, KnownPages pages, RandomGenerator random) {
    List<String> all = new ArrayList<>(pages.interests());
    Collections.shuffle(all, Random.from(random));
    List<String> chosen = all.subList(0, Math.min(all.size(), 1 + random.nextInt(MOST_INTERESTS)));
    double sum = 2 - Math.pow(0.5, chosen.size() - 1);
    Map<String, Double> interests = new LinkedHashMap<>();
    for (int i = 0; i < chosen.size(); i++) {
      interests.put(chosen.get(i), Math.pow(0.5, i) / sum);
    }
    return new Persona(user, interests);
  }

  /** Returns what the person thinks of just now. */
  String interest(RandomGenerator random) {
    double left = random.nextDouble();
    String last = "";
    for (Map.Entry<String, Double> interest : interests.entrySet()) {
      last = interest.getKey();
      left -= interest.getValue();
      if (left < 0) {
        break;
      }
    }
    return last;
  }

  /** Returns how attractive a page is to the person, from 0 to 1. */
  double attraction(Page page) {
    double weight = interests.getOrDefault(KnownPages.interest(page), 0.0);
    double highest = interests.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
    return 0.05 + 0.75 * weight / highest;
  }
}
