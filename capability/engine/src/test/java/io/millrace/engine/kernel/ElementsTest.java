// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ElementsTest {
  private static float[] gaussians(int n, double deviation) {
    Random random = new Random(5);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) (random.nextGaussian() * deviation);
    }
    return x;
  }

  @Test
  void exponentiatesWithinTwoUnitsOfTheLastPlace() {
    for (float x = -87; x < 88; x += 0.0137f) {
      float expected = (float) Math.exp(x);
      assertThat(Exponential.of(x)).isCloseTo(expected, within(2 * Math.ulp(expected)));
    }
    assertThat(Exponential.of(0)).isEqualTo(1);
    assertThat(Exponential.of(Float.NEGATIVE_INFINITY)).isLessThan(1.2e-38f).isGreaterThanOrEqualTo(0);
    assertThat(Exponential.of(Float.NaN)).isNaN();
  }

  @Test
  void gatesTheSameWithAndWithoutVectors() {
    float[] gate = gaussians(1003, 4);
    float[] up = gaussians(1003, 1);
    float[] plain = gate.clone();
    float[] original = gate.clone();
    Elements.swiGlu(gate, up, 0, 1003);
    PlainElements.swiGlu(plain, up, 0, 1003);
    assertThat(gate).isEqualTo(plain);
    for (int i = 0; i < gate.length; i++) {
      double expected = original[i] / (1 + Math.exp(-original[i])) * up[i];
      assertThat((double) gate[i]).isCloseTo(expected, within(1e-5 * Math.abs(expected) + 1e-9));
    }
  }

  @Test
  void exponentiatesARowTheSameWithAndWithoutVectors() {
    float[] x = gaussians(128, 3);
    float[] plain = x.clone();
    float[] original = x.clone();
    float sum = Kernels.exponentials(x, 0, 128, 2, 0.5f);
    assertThat(sum).isEqualTo(PlainElements.exponentials(plain, 0, 128, 2, 0.5f));
    assertThat(x).isEqualTo(plain);
    double expected = 0;
    for (float v : original) {
      expected += Math.exp((v - 2) * 0.5);
    }
    assertThat((double) sum).isCloseTo(expected, within(1e-5 * expected));
  }

  @Test
  void normalisesByTheRootMeanSquare() {
    for (int size : new int[] {5, 64, 1021}) {
      float[] x = gaussians(size + 2, 3);
      float[] weight = gaussians(size, 1);
      float[] out = new float[size];
      Elements.rmsNorm(x, 2, weight, 1e-5f, out, 0);
      double squares = 0;
      for (int i = 0; i < size; i++) {
        squares += (double) x[i + 2] * x[i + 2];
      }
      for (int i = 0; i < size; i++) {
        double expected = x[i + 2] / Math.sqrt(squares / size + 1e-5) * weight[i];
        assertThat((double) out[i]).isCloseTo(expected, within(1e-5 * Math.abs(expected) + 1e-7));
      }
    }
  }
}
