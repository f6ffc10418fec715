// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

/**
 * Turns log-odds of a classifier into probabilities that hold on examples it was not trained on (Platt 1999, with the
 * smoothed targets given there), fitted by gradient descent on the two parameters.
 */
record PlattScaling(double slope, double offset) {

  private static final int STEPS = 400;

  /** Fits the scaling to held-out log-odds; both classes weigh the same. */
  static PlattScaling fit(double[] positives, double[] negatives) {
    if (positives.length == 0 || negatives.length == 0) {
      return new PlattScaling(1, 0);
    }
    double high = (positives.length + 1.0) / (positives.length + 2.0);
    double low = 1.0 / (negatives.length + 2.0);
    double slope = 1;
    double offset = 0;
    for (int step = 0; step < STEPS; step++) {
      double[] gradient = new double[2];
      add(gradient, positives, high, slope, offset);
      add(gradient, negatives, low, slope, offset);
      slope = Math.max(1e-3, slope - 0.1 * gradient[0]);
      offset -= 0.1 * gradient[1];
    }
    return new PlattScaling(slope, offset);
  }

  /** Returns the probability; it grows with the log-odds. */
  double apply(double logit) {
    return LogisticRegression.sigmoid(slope * logit + offset);
  }

  private static void add(double[] gradient, double[] logits, double target, double slope, double offset) {
    for (double logit : logits) {
      double error = LogisticRegression.sigmoid(slope * logit + offset) - target;
      gradient[0] += error * logit / logits.length;
      gradient[1] += error / logits.length;
    }
  }
}
