// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.safetensors.Bf16;
import io.millrace.model.safetensors.GroupInt4;
import org.jspecify.annotations.Nullable;

/**
 * Finds the scale of a group of four-bit weights.
 *
 * <p>Sixteen values are few, so a scale that clips the largest weight a little, or that puts it on −8, where there is
 * one step more than above 0, often loses less than one that takes the largest weight as 7. Scales around these are tried;
 * each is refitted by least squares to the values that it gives, and the best one stays.
 */
final class Int4Scale {
  /** Steps that the largest weight is away from 0, tried with either sign of the scale. */
  private static final float[] STEPS = {6, 6.5f, 7, 7.25f, 7.5f, 7.75f, 8, 8.25f, 8.5f, 9, 9.5f, 10};

  private Int4Scale() {}

  /**
   * A BF16 number, perhaps negative; 0 when all weights are 0.
   *
   * @param weights a row, of which the group goes from {@code from} to {@code to}
   * @param importance weight of each column's squared error, aligned with {@code weights}; null for equal ones
   */
  static float of(float[] weights, int from, int to, float @Nullable [] importance) {
    float largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(weights[i]));
    }
    float best = 0;
    double least = error(weights, from, to, importance, 0);
    for (float steps : STEPS) {
      for (int sign = -1; sign <= 1; sign += 2) {
        float tried = Bf16.nearest(refitted(weights, from, to, importance, sign * largest / steps));
        double error = error(weights, from, to, importance, tried);
        if (error < least) {
          least = error;
          best = tried;
        }
      }
    }
    return best;
  }

  /** The value that a weight is rounded to. */
  static int value(float weight, float scale) {
    return scale == 0 ? 0 : Math.clamp(Math.round(weight / scale), GroupInt4.SMALLEST, GroupInt4.LARGEST);
  }

  /** The scale that fits best to the values that a scale gives. */
  private static float refitted(float[] weights, int from, int to, float @Nullable [] importance, float scale) {
    double product = 0;
    double square = 0;
    for (int i = from; i < to; i++) {
      double h = importance == null ? 1 : importance[i];
      int value = value(weights[i], scale);
      product += h * value * weights[i];
      square += h * value * value;
    }
    return square == 0 ? scale : (float) (product / square);
  }

  private static double error(float[] weights, int from, int to, float @Nullable [] importance, float scale) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      double d = weights[i] - (double) scale * value(weights[i], scale);
      sum += (importance == null ? 1 : importance[i]) * d * d;
    }
    return sum;
  }
}
