// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class QuantisationTest {
  /** Appendix E of the paper, to four digits. */
  private static final double[] NF4 = {
    -1, -0.6962, -0.5251, -0.3949, -0.2844, -0.1848, -0.0911, 0, 0.0796, 0.1609, 0.2461, 0.3379, 0.4407, 0.5626, 0.7230, 1
  };

  private static float[] normal(int count) {
    Random random = new Random(3);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] restored(Quantisation quantisation, float[] values, long rows, long columns) {
    try (Scope scope = Scope.open()) {
      Quantisation.Stored stored = quantisation.store(Tensors.of(values, rows, columns));
      return Tensors.floats(quantisation.restore(stored.codes(), stored.scales(), rows, columns, DType.F32));
    }
  }

  @Test
  void eightBitsAreWithinHalfAStepOfEachRow() {
    float[] values = normal(8 * 96);
    float[] found = restored(Quantisation.INT8, values, 8, 96);
    for (int row = 0; row < 8; row++) {
      float largest = 0;
      for (int i = 0; i < 96; i++) {
        largest = Math.max(largest, Math.abs(values[row * 96 + i]));
      }
      for (int i = 0; i < 96; i++) {
        assertThat(found[row * 96 + i]).isCloseTo(values[row * 96 + i], within(largest / 127 / 2 * 1.001f));
      }
    }
  }

  @Test
  void fourBitsAreTheNearestOfTheSixteenValuesOfTheirBlock() {
    float[] values = normal(4 * 128);
    float[] found = restored(Quantisation.NF4, values, 4, 128);
    double squares = 0;
    for (int block = 0; block < values.length; block += 64) {
      float largest = 0;
      for (int i = block; i < block + 64; i++) {
        largest = Math.max(largest, Math.abs(values[i]));
      }
      for (int i = block; i < block + 64; i++) {
        double nearest = Double.MAX_VALUE;
        for (double value : NF4) {
          nearest = Math.min(nearest, Math.abs(value * largest - values[i]));
        }
        // The scale's own rounding to BF16 moves values by up to 1/256 of them.
        assertThat((double) Math.abs(found[i] - values[i])).isCloseTo(nearest, within(largest / 200.0));
        squares += Math.pow(found[i] - values[i], 2) / values.length;
      }
    }
    // Of normal weights about a hundredth of the variance is lost.
    assertThat(squares).isLessThan(0.02);
  }

  @Test
  void zerosStayZerosAndStorageIsAsSmallAsItSays() {
    for (Quantisation quantisation : new Quantisation[] {Quantisation.INT8, Quantisation.NF4}) {
      assertThat(restored(quantisation, new float[128], 2, 64)).containsOnly(0);
      try (Scope scope = Scope.open()) {
        Quantisation.Stored stored = quantisation.store(Tensors.of(normal(64 * 64), 64, 64));
        assertThat(DType.of(stored.codes()).bytes()).isEqualTo(1);
        assertThat(stored.codes().numel()).isEqualTo(quantisation == Quantisation.INT8 ? 64 * 64 : 64 * 32);
      }
    }
    assertThat(Quantisation.NF4.fits(100)).isFalse();
    assertThat(Quantisation.INT8.fits(100)).isTrue();
    assertThat(Quantisation.NONE.fits(64)).isFalse();
  }
}
