// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Logistic regression over named features: the estimate that a shown document is opened. The same names travel with
 * every exposure, so that learning sees exactly what ranking saw.
 */
public final class Ranker {

  /** Name of the intercept. */
  public static final String BIAS = "bias";

  /**
   * Weights before anything was learned. All features lie from 0 to 1 except {@code rating}, from -1 to 1. The bias
   * puts an average candidate at about one opening in thirty; what lies near the open document outweighs the user's
   * past, that outweighs popularity, and likeness to what was disliked outweighs any single reason for it.
   */
  public static final Map<String, Double> PRIOR =
      Map.ofEntries(
          Map.entry(BIAS, -3.5),
          Map.entry(Feature.CONTENT_CONTEXT, 1.6),
          Map.entry(Feature.CONTENT_RECENT, 1.2),
          Map.entry(Feature.LINK_CONTEXT, 1.4),
          Map.entry(Feature.LINK_RECENT, 0.8),
          Map.entry(Feature.COVISIT_CONTEXT, 1.8),
          Map.entry(Feature.COVISIT_RECENT, 1.2),
          Map.entry(Feature.POPULARITY, 0.8),
          Map.entry(Feature.CENTRALITY, 0.4),
          Map.entry(Feature.CLICK_RATE, 0.6),
          Map.entry(Feature.RATING, 0.5),
          Map.entry(Feature.AFFINITY_LIBRARY, 0.6),
          Map.entry(Feature.AFFINITY_PACKAGE, 0.8),
          Map.entry(Feature.SAME_LANGUAGE, 0.7),
          Map.entry(Feature.FRESHNESS, 0.5),
          Map.entry(Feature.DISLIKED, -2.0));

  private final Map<String, Double> weights;

  /**
   * Makes a ranker.
   *
   * @param learned take the place of prior weights of the same name; others are added
   */
  public Ranker(Map<String, Double> learned) {
    Map<String, Double> all = new LinkedHashMap<>(PRIOR);
    all.putAll(learned);
    this.weights = Map.copyOf(all);
  }

  /** Returns the probability that a document with these features is opened. */
  public double score(Map<String, Double> features) {
    return explain(features).probability();
  }

  /** Returns the score with what each feature added to it. */
  public Explanation explain(Map<String, Double> features) {
    Map<String, Double> contributions = new LinkedHashMap<>();
    double logit = weights.getOrDefault(BIAS, 0.0);
    contributions.put(BIAS, logit);
    for (Map.Entry<String, Double> feature : features.entrySet()) {
      double contribution = weights.getOrDefault(feature.getKey(), 0.0) * feature.getValue();
      contributions.put(feature.getKey(), contribution);
      logit += contribution;
    }
    return new Explanation(contributions, logit, 1 / (1 + Math.exp(-logit)));
  }

  /**
   * Why a score is what it is.
   *
   * @param contributions by feature, the bias included; they sum to the logit
   * @param logit log-odds
   * @param probability of being opened
   */
  public record Explanation(Map<String, Double> contributions, double logit, double probability) {
    public Explanation {
      contributions = Map.copyOf(contributions);
    }
  }
}
