// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** The passes against the same in doubles; widths that fill vectors and that do not. */
class PassesTest {
  private final Random random = new Random(5);

  private float[] gaussians(int n, double deviation) {
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) (deviation * random.nextGaussian());
    }
    return out;
  }

  /** Φ by its series, which converges for all that floats tell apart from 0 and 1. */
  private static double phi(double x) {
    if (Math.abs(x) > 8) {
      return x > 0 ? 1 : 0;
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-18; n++) {
      term *= x * x / (2 * n + 1);
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 32, 37, 100})
  void geluIsThatOfTheNormalDistribution(int width) {
    int rows = 40;
    float[] x = gaussians(3 + rows * (width + 2), 3);
    x[3] = 60;
    float[] bias = gaussians(2 + width, 1);
    float[] given = x.clone();

    Passes.gelu(x, 3, rows, width, width + 2, bias, 2);

    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < width + 2 && 3 + r * (width + 2) + c < x.length; c++) {
        int at = 3 + r * (width + 2) + c;
        if (c < width) {
          double v = given[at] + bias[2 + c];
          assertThat((double) x[at]).isCloseTo(v * phi(v), within(2e-6 + 1e-7 * Math.abs(v)));
        } else {
          assertThat(x[at]).isEqualTo(given[at]); // between rows
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 33, 384})
  void normalisedRowsHaveTheWeightsAndBiasesThatTheyAreGiven(int width) {
    float[] x = gaussians(width + 5, 2);
    float[] weight = gaussians(width, 1);
    float[] bias = gaussians(width, 1);
    float[] given = x.clone();
    double mean = 0;
    for (int i = 0; i < width; i++) {
      mean += given[2 + i] / (double) width;
    }
    double variance = 0;
    for (int i = 0; i < width; i++) {
      variance += Math.pow(given[2 + i] - mean, 2) / width;
    }

    Passes.normalise(x, 2, weight, bias, 1e-5f);

    for (int i = 0; i < width; i++) {
      assertThat((double) x[2 + i])
          .isCloseTo((given[2 + i] - mean) / Math.sqrt(variance + 1e-5f) * weight[i] + bias[i], within(5e-6));
    }
    assertThat(x[width + 2]).isEqualTo(given[width + 2]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 8, 31, 32})
  void softmaxIsOfTheFirstNumbersAndTheRestIsNought(int count) {
    float[] x = gaussians(40, 20);
    for (int i = 4 + count; i < 36; i++) {
      x[i] = i % 2 == 0 ? Float.NaN : 1e30f; // whatever was there
    }
    float[] given = x.clone();
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, given[4 + i]);
    }

    float sum = Passes.softmax(x, 4, count, 32);

    double expected = 0;
    for (int i = 0; i < 32; i++) {
      double power = i < count ? Math.exp(given[4 + i] - max) : 0;
      assertThat((double) x[4 + i]).isCloseTo(power, within(3e-7));
      expected += power;
    }
    assertThat((double) sum).isCloseTo(expected, within(1e-5));
    assertThat(x[36]).isEqualTo(given[36]);
  }

  @Test
  void addsRowsAndTheirBias() {
    float[] x = gaussians(50, 1);
    float[] y = gaussians(50, 1);
    float[] bias = gaussians(37, 1);
    float[] given = x.clone();

    Passes.add(x, 3, y, 5, bias, 37);

    for (int i = 0; i < 37; i++) {
      assertThat(x[3 + i]).isCloseTo(given[3 + i] + y[5 + i] + bias[i], within(1e-6f));
    }
    assertThat(x[40]).isEqualTo(given[40]);
  }
}
