// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * How much each trait says, and from which score on a sentence is held to be supported.
 *
 * @param weights of the log-odds, for every trait
 * @param bias log-odds of a sentence without any trait
 * @param supported a sentence with this score or more is supported
 * @param partly one with less than this is not supported at all
 * @param scores what was measured on pages that it was not trained on
 */
record GroundingModel(
    Map<Trait, Double> weights, double bias, double supported, double partly, Map<String, Double> scores) {

  /**
   * What holds where nothing has been trained: shares count, and each sign of invention takes away most of what they give. The
   * weights are round figures near those that training gives on documentation.
   */
  static final GroundingModel UNTRAINED = untrained();

  GroundingModel {
    if (weights == null || scores == null || !weights.keySet().equals(traits())) {
      throw new IllegalArgumentException(
          "the scorer weighs " + (weights == null ? "nothing" : weights.keySet()) + ", this version needs " + traits());
    }
    if (!(partly >= 0 && partly <= supported && supported <= 1)) {
      throw new IllegalArgumentException(
          "thresholds " + partly + " and " + supported + ": they must rise, from 0 to 1");
    }
    weights = Map.copyOf(weights);
    scores = Map.copyOf(scores);
  }

  double score(double[] traits) {
    double logit = bias;
    for (Trait trait : Trait.values()) {
      logit += weights.getOrDefault(trait, 0.0) * traits[trait.ordinal()];
    }
    return 1 / (1 + StrictMath.exp(-logit));
  }

  private static Set<Trait> traits() {
    return EnumSet.allOf(Trait.class);
  }

  private static GroundingModel untrained() {
    Map<Trait, Double> weights = new EnumMap<>(Trait.class);
    for (Trait trait : Trait.values()) {
      weights.put(trait, (double) trait.sign());
    }
    weights.put(Trait.IN_SPAN, 4.0);
    weights.put(Trait.LACKING, -3.0);
    weights.put(Trait.NUMBER_LACKING, -4.0);
    weights.put(Trait.NAME_LACKING, -3.0);
    weights.put(Trait.DENIED, -4.0);
    weights.put(Trait.OPPOSITE, -3.0);
    return new GroundingModel(weights, -4.5, 0.7, 0.3, Map.of());
  }
}
