// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/**
 * Rotates pairs of dimensions (d, d + headDim / 2) by an angle that grows with the position, as Hugging Face lays them
 * out (Su et al., RoFormer, 2021).
 */
final class RotaryEmbedding {
  private final int half;
  private final float[] cos;
  private final float[] sin;

  RotaryEmbedding(LlamaConfig config) {
    half = config.headDim() / 2;
    cos = new float[Math.multiplyExact(config.context(), half)];
    sin = new float[cos.length];
    for (int position = 0; position < config.context(); position++) {
      for (int d = 0; d < half; d++) {
        double angle = position * Math.pow(config.ropeTheta(), -(double) d / half);
        cos[position * half + d] = (float) Math.cos(angle);
        sin[position * half + d] = (float) Math.sin(angle);
      }
    }
  }

  /** Rotates {@code heads} heads that lie one after the other. */
  void rotate(float[] x, int at, int heads, int position) {
    for (int h = 0; h < heads; h++) {
      int first = at + h * 2 * half;
      for (int d = 0; d < half; d++) {
        float c = cos[position * half + d];
        float s = sin[position * half + d];
        float a = x[first + d];
        float b = x[first + half + d];
        x[first + d] = a * c - b * s;
        x[first + half + d] = b * c + a * s;
      }
    }
  }
}
