// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

/** The passes without vectors. */
final class PlainPasses {
  /** Beyond ±this Φ is 0 or 1 as far as floats go. */
  static final float EDGE = 5.6f;

  /**
   * Φ(x) − ½ ≈ x P(x²) / Q(x²) within {@link #EDGE}, P's and Q's coefficients from the constant on: our own least squares, weighted again
   * and again towards the largest error; 9e-9 exact, 2e-7 in floats.
   */
  static final float[] P = {0.39894223f, 0.034376152f, 0.0047072629f, 0.00017385127f, 6.3565408e-6f, 2.2145311e-8f};

  static final float[] Q = {1f, 0.25283396f, 0.028940115f, 0.0019129812f, 7.5102122e-5f, 1.1802126e-6f};

  private PlainPasses() {}

  static void gelu(float[] x, int at, int count, float[] bias, int biasAt) {
    for (int i = 0; i < count; i++) {
      float v = x[at + i] + bias[biasAt + i];
      float c = Math.min(Math.max(v, -EDGE), EDGE);
      float square = c * c;
      float p = 0;
      float q = 0;
      for (int k = P.length - 1; k >= 0; k--) {
        p = Math.fma(p, square, P[k]);
        q = Math.fma(q, square, Q[k]);
      }
      x[at + i] = v * (0.5f + c * p / q);
    }
  }

  static void normalise(float[] x, int at, float[] weight, float[] bias, float epsilon) {
    int width = weight.length;
    double sum = 0;
    for (int i = 0; i < width; i++) {
      sum += x[at + i];
    }
    float mean = (float) (sum / width);
    double squares = 0;
    for (int i = 0; i < width; i++) {
      squares += (double) (x[at + i] - mean) * (x[at + i] - mean);
    }
    float inverse = (float) (1 / Math.sqrt(squares / width + epsilon));
    for (int i = 0; i < width; i++) {
      x[at + i] = (x[at + i] - mean) * inverse * weight[i] + bias[i];
    }
  }

  static float softmax(float[] x, int at, int count, int width) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, x[at + i]);
    }
    float sum = 0;
    for (int i = 0; i < count; i++) {
      x[at + i] = (float) Math.exp(x[at + i] - max);
      sum += x[at + i];
    }
    for (int i = count; i < width; i++) {
      x[at + i] = 0;
    }
    return sum;
  }
}
