// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

/** The upper 16 bits of a float: 8 bits of exponent, 8 of significand, the leading one included. */
public final class Bf16 {
  private static final int LOWER = 0xffff;

  private Bf16() {}

  /** The nearest BF16 number, of two that are equally near the even one; NaN stays NaN. */
  public static float nearest(float value) {
    if (Float.isNaN(value)) {
      return value;
    }
    int bits = Float.floatToRawIntBits(value);
    return Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & ~LOWER);
  }

  /** The nearest BF16 number that is at least as far from 0. */
  public static float away(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.isNaN(value) || (bits & LOWER) == 0 ? value : Float.intBitsToFloat((bits | LOWER) + 1);
  }

  /** As it is stored. */
  public static short bits(float value) {
    return (short) (Float.floatToRawIntBits(nearest(value)) >>> 16);
  }

  /** What was stored. */
  public static float value(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** As they are stored, one after another. */
  public static short[] bits(float[] values) {
    short[] bits = new short[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = bits(values[i]);
    }
    return bits;
  }
}
