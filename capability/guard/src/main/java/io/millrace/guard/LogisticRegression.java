// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Logistic regression on present-or-absent features, trained by AdaGrad (Duchi et al. 2011) with a weight decay that
 * is applied when a feature is seen. One thread, fixed order: the same seed gives the same weights.
 */
final class LogisticRegression {

  private static final double RATE = 0.5;
  private static final double DECAY = 1e-5;

  private final float[] weights;
  private double bias;

  LogisticRegression(float[] weights, double bias) {
    this.weights = weights;
    this.bias = bias;
  }

  /**
   * Trains a model.
   *
   * @param features of each example; see {@link Ngrams#of}
   * @param labels what each example is
   * @param epochs how often each example is seen
   */
  static LogisticRegression train(
      List<int[]> features, boolean[] labels, int dimensions, int epochs, RandomGenerator random) {
    LogisticRegression model = new LogisticRegression(new float[dimensions], 0);
    float[] squares = new float[dimensions];
    double biasSquares = 0;
    int positives = 0;
    for (boolean label : labels) {
      positives += label ? 1 : 0;
    }
    // Both classes weigh the same, however many examples each has.
    double positiveWeight = 0.5 * labels.length / Math.max(1, positives);
    double negativeWeight = 0.5 * labels.length / Math.max(1, labels.length - positives);
    int[] order = new int[labels.length];
    Arrays.setAll(order, i -> i);
    for (int epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, random);
      for (int i : order) {
        int[] example = features.get(i);
        double error =
            (sigmoid(model.logit(example)) - (labels[i] ? 1 : 0)) * (labels[i] ? positiveWeight : negativeWeight);
        double gradient = error / Math.sqrt(Math.max(1, example.length));
        for (int feature : example) {
          double step = gradient + DECAY * model.weights[feature];
          squares[feature] += (float) (step * step);
          model.weights[feature] -= (float) (RATE * step / Math.sqrt(squares[feature] + 1e-8));
        }
        biasSquares += error * error;
        model.bias -= 0.05 * error / Math.sqrt(biasSquares + 1e-8);
      }
    }
    return model;
  }

  /** Returns the log-odds of an example. */
  double logit(int[] features) {
    double sum = 0;
    for (int feature : features) {
      sum += weights[feature];
    }
    return bias + sum / Math.sqrt(Math.max(1, features.length));
  }

  float[] weights() {
    return weights;
  }

  double bias() {
    return bias;
  }

  static double sigmoid(double logit) {
    return 1 / (1 + StrictMath.exp(-logit));
  }

  private static void shuffle(int[] order, RandomGenerator random) {
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
  }
}
