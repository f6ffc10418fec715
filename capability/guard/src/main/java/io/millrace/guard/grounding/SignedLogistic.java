// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

/**
 * Logistic regression whose weights keep given signs: gradient descent with momentum over all examples, and after each
 * step what has the wrong sign is set to zero (projection onto the orthant). The same examples give the same weights.
 */
final class SignedLogistic {

  private static final int STEPS = 1_500;
  private static final double RATE = 2;
  private static final double MOMENTUM = 0.9;
  /** Of the squared weights; the bias has none. */
  private static final double DECAY = 1e-4;

  private final double[] weights;
  private double bias;

  private SignedLogistic(int traits) {
    this.weights = new double[traits];
  }

  /**
   * Fits a model; both classes weigh the same.
   *
   * @param traits of each example
   * @param labels what each example is
   * @param signs 1 or -1 for each trait
   */
  static SignedLogistic fit(double[][] traits, boolean[] labels, int[] signs) {
    SignedLogistic model = new SignedLogistic(signs.length);
    int positives = 0;
    for (boolean label : labels) {
      positives += label ? 1 : 0;
    }
    double positiveWeight = 0.5 / Math.max(1, positives);
    double negativeWeight = 0.5 / Math.max(1, labels.length - positives);
    double[] speed = new double[signs.length + 1];
    for (int step = 0; step < STEPS; step++) {
      double[] gradient = new double[signs.length + 1];
      for (int i = 0; i < labels.length; i++) {
        double error = (model.probability(traits[i]) - (labels[i] ? 1 : 0)) * (labels[i] ? positiveWeight : negativeWeight);
        for (int j = 0; j < signs.length; j++) {
          gradient[j] += error * traits[i][j];
        }
        gradient[signs.length] += error;
      }
      for (int j = 0; j < signs.length; j++) {
        speed[j] = MOMENTUM * speed[j] - RATE * (gradient[j] + DECAY * model.weights[j]);
        model.weights[j] += speed[j];
        if (model.weights[j] * signs[j] < 0) {
          model.weights[j] = 0;
          speed[j] = 0;
        }
      }
      speed[signs.length] = MOMENTUM * speed[signs.length] - RATE * gradient[signs.length];
      model.bias += speed[signs.length];
    }
    return model;
  }

  double probability(double[] traits) {
    double logit = bias;
    for (int j = 0; j < weights.length; j++) {
      logit += weights[j] * traits[j];
    }
    return 1 / (1 + StrictMath.exp(-logit));
  }

  double[] weights() {
    return weights.clone();
  }

  double bias() {
    return bias;
  }
}
