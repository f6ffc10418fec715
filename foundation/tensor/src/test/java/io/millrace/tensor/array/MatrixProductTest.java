// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class MatrixProductTest {
  private final Random random = new Random(3);

  private float[] gaussians(int n) {
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return out;
  }

  @ParameterizedTest
  @CsvSource({"7, 32, 64", "64, 96, 32", "1, 1024, 32", "129, 40, 128", "2, 33, 64", "3, 1, 32"})
  void sumsFloatsInOrderWhoeverMultiplies(int rows, int depth, int columns) {
    float[] a = gaussians(rows * (depth + 3));
    float[] b = gaussians(depth * columns);
    float[] c = gaussians(rows * (columns + 5));
    float[] expected = c.clone();
    MatrixProduct.multiply(rows, columns, depth, a, 2, depth + 3, b, 0, c, 1, columns + 5, true);
    PlainProduct.add(rows, columns, depth, a, 2, depth + 3, b, 0, expected, 1, columns + 5);
    assertThat(c).isEqualTo(expected);
    MatrixProduct.multiply(rows, columns, depth, a, 2, depth + 3, b, 0, c, 1, columns + 5, false);
    for (int r = 0; r < rows; r++) {
      Arrays.fill(expected, 1 + r * (columns + 5), 1 + r * (columns + 5) + columns, 0f);
    }
    PlainProduct.add(rows, columns, depth, a, 2, depth + 3, b, 0, expected, 1, columns + 5);
    assertThat(c).isEqualTo(expected);
  }
}
