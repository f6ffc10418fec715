// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** Arithmetic on embeddings. */
final class Vectors {

  private Vectors() {}

  /** Scales in place to length 1 and returns the same array; a zero vector stays as it is. */
  static float[] toUnitLength(float[] vector) {
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    if (squares > 0) {
      float scale = (float) (1 / Math.sqrt(squares));
      for (int i = 0; i < vector.length; i++) {
        vector[i] *= scale;
      }
    }
    return vector;
  }

  /** Returns the unit vector that points where the given ones point on average; null when none is given. */
  static float @Nullable [] mean(List<float[]> vectors) {
    if (vectors.isEmpty()) {
      return null;
    }
    float[] sum = new float[vectors.getFirst().length];
    for (float[] vector : vectors) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += vector[i];
      }
    }
    return toUnitLength(sum);
  }
}
