// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.Lanes;

/**
 * Rotates pairs of dimensions (d, d + headDim / 2) by an angle that grows with the position, as Hugging Face lays them
 * out (Su et al., RoFormer, 2021).
 */
public final class RotaryEmbedding {
  private final int half;
  private final float[] cos;
  private final float[] sin;

  /** Angles for so many positions. */
  public RotaryEmbedding(int headDim, int context, double theta) {
    half = headDim / 2;
    cos = new float[Math.multiplyExact(context, half)];
    sin = new float[cos.length];
    for (int d = 0; d < half; d++) {
      double frequency = Math.pow(theta, -(double) d / half);
      for (int position = 0; position < context; position++) {
        cos[position * half + d] = (float) Math.cos(position * frequency);
        sin[position * half + d] = (float) Math.sin(position * frequency);
      }
    }
  }

  /** Rotates {@code heads} heads that lie one after the other. */
  public void rotate(float[] x, int at, int heads, int position) {
    for (int h = 0; h < heads; h++) {
      int first = at + h * 2 * half;
      if (Lanes.AVAILABLE && half % Lanes.N == 0) {
        VectorElements.rotate(x, first, half, cos, sin, position * half);
      } else {
        PlainElements.rotate(x, first, half, cos, sin, position * half);
      }
    }
  }
}
