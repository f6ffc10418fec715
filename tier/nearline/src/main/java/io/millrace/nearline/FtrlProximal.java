// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import java.util.HashMap;
import java.util.Map;

/**
 * Logistic regression learned one example at a time: FTRL-Proximal with a learning rate of its own for each
 * coordinate (McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, algorithm 1).
 *
 * @param alpha learning rate
 * @param beta smooths the learning rates of rare features
 * @param l1 keeps weak features at exactly zero
 * @param l2 pulls weights towards zero
 */
record FtrlProximal(double alpha, double beta, double l1, double l2) {

  static final FtrlProximal DEFAULT = new FtrlProximal(0.1, 1, 0, 0.1);

  /** The feature that is always 1. */
  static final String BIAS = "bias";

  /** Features are expected to be of the order of one; a single wild value must not throw the weights off. */
  private static final double LARGEST = 10;

  /**
   * All that has been learned.
   *
   * @param z sums of gradients, adjusted for the weights they were taken at
   * @param n sums of squared gradients
   * @param examples learned from
   */
  record Learned(Map<String, Double> z, Map<String, Double> n, long examples) {
    static final Learned NOTHING = new Learned(Map.of(), Map.of(), 0);

    Learned {
      z = Map.copyOf(z);
      n = Map.copyOf(n);
    }
  }

  /** Returns the weights by feature. */
  Map<String, Double> weights(Learned learned) {
    Map<String, Double> weights = new HashMap<>();
    learned.z().keySet().forEach(feature -> weights.put(feature, weight(learned, feature)));
    return weights;
  }

  /** Returns the probability of a click. */
  double predict(Learned learned, Map<String, Double> features) {
    double sum = 0;
    for (Map.Entry<String, Double> feature : withBias(features).entrySet()) {
      sum += weight(learned, feature.getKey()) * feature.getValue();
    }
    return 1 / (1 + Math.exp(-Math.clamp(sum, -35, 35)));
  }

  /** Learns from an example. */
  Learned learn(Learned learned, Map<String, Double> features, boolean clicked) {
    double error = predict(learned, features) - (clicked ? 1 : 0);
    Map<String, Double> z = new HashMap<>(learned.z());
    Map<String, Double> n = new HashMap<>(learned.n());
    withBias(features)
        .forEach(
            (feature, value) -> {
              double gradient = error * value;
              double before = n.getOrDefault(feature, 0.0);
              double after = before + gradient * gradient;
              double sigma = (Math.sqrt(after) - Math.sqrt(before)) / alpha;
              z.merge(feature, gradient - sigma * weight(learned, feature), Double::sum);
              n.put(feature, after);
            });
    return new Learned(z, n, learned.examples() + 1);
  }

  private double weight(Learned learned, String feature) {
    double z = learned.z().getOrDefault(feature, 0.0);
    if (Math.abs(z) <= l1) {
      return 0;
    }
    double n = learned.n().getOrDefault(feature, 0.0);
    double decay = feature.equals(BIAS) ? 0 : l2;
    return -(z - Math.signum(z) * l1) / ((beta + Math.sqrt(n)) / alpha + decay);
  }

  private static Map<String, Double> withBias(Map<String, Double> features) {
    Map<String, Double> all = new HashMap<>();
    features.forEach(
        (feature, value) -> {
          if (Double.isFinite(value)) {
            all.put(feature, Math.clamp(value, -LARGEST, LARGEST));
          }
        });
    all.put(BIAS, 1.0);
    return all;
  }
}
