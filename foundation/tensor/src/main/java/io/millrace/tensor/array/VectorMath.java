// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** Functions of vectors of floats; does not load where the Vector API is missing. */
public final class VectorMath {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  private static final int N = F.length();
  private static final VectorShuffle<Float> BY_HALF = VectorShuffle.iota(F, N / 2, 1, true);
  private static final VectorShuffle<Float> BY_QUARTER = VectorShuffle.iota(F, N / 4, 1, true);
  private static final VectorShuffle<Float> BY_EIGHTH = VectorShuffle.iota(F, N / 8, 1, true);
  private static final float ROUND = 12_582_912;

  private VectorMath() {}

  /**
   * e to the power of each lane to seven digits, without the call that the library's own costs: powers of two from the
   * exponent's bits, the rest by its series. Lanes below -87 give 1.6e-38 and lanes above 88 give 1.7e38.
   */
  public static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.max(-87).min(88);
    // Adding and subtracting 1.5 · 2²³ rounds to a whole number, which then stands in the lowest bits.
    FloatVector shifted = bounded.fma(FloatVector.broadcast(F, 1.44269504f), FloatVector.broadcast(F, ROUND));
    FloatVector whole = shifted.sub(ROUND);
    FloatVector rest = whole.fma(FloatVector.broadcast(F, -0.693359375f), bounded)
        .sub(whole.mul(-2.12194440e-4f)); // ln 2 in two parts, the first of few digits
    FloatVector series = FloatVector.broadcast(F, 1f / 720);
    series = series.fma(rest, FloatVector.broadcast(F, 1f / 120));
    series = series.fma(rest, FloatVector.broadcast(F, 1f / 24));
    series = series.fma(rest, FloatVector.broadcast(F, 1f / 6));
    series = series.fma(rest, FloatVector.broadcast(F, 0.5f));
    series = series.fma(rest, FloatVector.broadcast(F, 1));
    series = series.fma(rest, FloatVector.broadcast(F, 1));
    return series.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats();
  }

  /** The sum in one order: the library's own reduction may take another one once it is compiled. */
  public static float sum(FloatVector value) {
    FloatVector halves = value.add(value.rearrange(BY_HALF));
    FloatVector quarters = halves.add(halves.rearrange(BY_QUARTER));
    FloatVector eighths = quarters.add(quarters.rearrange(BY_EIGHTH));
    return N == 8 ? eighths.lane(0) : eighths.lane(0) + eighths.lane(1);
  }
}
