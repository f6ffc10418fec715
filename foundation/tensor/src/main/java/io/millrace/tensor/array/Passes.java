// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

/**
 * What an encoder does to rows between products, in place: row r begins at {@code at + r × stride}. With vectors where the machine has
 * them and widths are whole vectors, in plain Java otherwise.
 */
public final class Passes {
  private Passes() {}

  /** x = g(x + bias) with g(v) = v Φ(v) (Hendrycks and Gimpel, GELU, 2016), Φ to 2e-7. */
  public static void gelu(float[] x, int at, int rows, int width, int stride, float[] bias, int biasAt) {
    for (int r = 0; r < rows; r++) {
      int from = at + r * stride;
      int whole = whole(width);
      if (whole > 0) {
        VectorPasses.gelu(x, from, whole, bias, biasAt);
      }
      PlainPasses.gelu(x, from + whole, width - whole, bias, biasAt + whole);
    }
  }

  /** x += y + bias for one row. */
  public static void add(float[] x, int at, float[] y, int yAt, float[] bias, int width) {
    int whole = whole(width);
    if (whole > 0) {
      VectorPasses.add(x, at, y, yAt, bias, whole);
    }
    for (int i = whole; i < width; i++) {
      x[at + i] += y[yAt + i] + bias[i];
    }
  }

  /** x += bias for rows. */
  public static void add(float[] x, int at, int rows, int width, int stride, float[] bias, int biasAt) {
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < width; i++) {
        x[at + r * stride + i] += bias[biasAt + i];
      }
    }
  }

  /** x = (x − mean) / √(variance + ε) × weight + bias for one row (Ba, Kiros and Hinton, layer normalisation, 2016). */
  public static void normalise(float[] x, int at, float[] weight, float[] bias, float epsilon) {
    int width = weight.length;
    if (whole(width) == width) {
      VectorPasses.normalise(x, at, weight, bias, epsilon);
    } else {
      PlainPasses.normalise(x, at, weight, bias, epsilon);
    }
  }

  /**
   * x = e^(x − max) for the first {@code count} numbers of a row, 0 from there to {@code width}; not divided by the sum.
   *
   * @param width a multiple of {@link Lanes#TILE}
   * @return the sum
   */
  public static float softmax(float[] x, int at, int count, int width) {
    return Lanes.AVAILABLE ? VectorPasses.softmax(x, at, count, width) : PlainPasses.softmax(x, at, count, width);
  }

  /** x *= factor for one row. */
  public static void scale(float[] x, int at, int width, float factor) {
    for (int i = at; i < at + width; i++) {
      x[i] *= factor;
    }
  }

  private static int whole(int width) {
    return Lanes.AVAILABLE ? width / Lanes.N * Lanes.N : 0;
  }
}
