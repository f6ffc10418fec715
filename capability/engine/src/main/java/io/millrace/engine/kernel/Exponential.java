// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

/**
 * e^x in floats: x = n ln 2 + r with |r| ≤ ln 2 / 2, a polynomial for e^r (the minimax coefficients of the Cephes library's
 * {@code expf}, Moshier, 1989), and n added to the exponent. Within two units of the last place.
 */
final class Exponential {
  /** Below this the result is 0 as far as floats without gradual underflow go. */
  static final float LOWEST = -87.33654f;

  static final float HIGHEST = 88.02969f;
  static final float LOG2_E = 1.44269504f;
  /** Adding it leaves the nearest whole number in the lowest bits. */
  static final float MAGIC = 12582912f; // 1.5 × 2^23
  static final float LN2_HIGH = 0.693359375f;
  static final float LN2_LOW = -2.12194440e-4f;
  static final float C5 = 1.9875691500e-4f;
  static final float C4 = 1.3981999507e-3f;
  static final float C3 = 8.3334519073e-3f;
  static final float C2 = 4.1665795894e-2f;
  static final float C1 = 1.6666665459e-1f;
  static final float C0 = 5.0000001201e-1f;

  private Exponential() {}

  /** e^x, between the limits; NaN stays NaN. */
  static float of(float x) {
    float v = Math.min(Math.max(x, LOWEST), HIGHEST);
    float magic = Math.fma(v, LOG2_E, MAGIC);
    float n = magic - MAGIC;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, v));
    float p = Math.fma(C5, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, C1);
    p = Math.fma(p, r, C0);
    p = Math.fma(p, r * r, r) + 1;
    return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(magic) << 23));
  }
}
