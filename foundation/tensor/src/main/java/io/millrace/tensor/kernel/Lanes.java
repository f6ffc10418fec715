// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Vectors of floats read from and written to BF16 memory; does not load where the Vector API is missing.
 *
 * <p>Reading or writing memory outside the heap costs the compiler a hundred inlined calls, and beyond some twelve hundred
 * in one loop it stops inlining and makes an object of each vector, which is twenty times slower. So a kernel's loop has
 * at most about four of them with {@link #exp} beside one or two; what is read again goes into arrays.
 * {@code -XX:CompileCommand=PrintInlining,…} says {@code NodeCountInliningCutoff} where that was exceeded.
 */
final class Lanes {
  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  static final VectorSpecies<Short> S =
      VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));
  static final int N = F.length();
  static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);

  private static final VectorShuffle<Float> BY_HALF = VectorShuffle.iota(F, N / 2, 1, true);
  private static final VectorShuffle<Float> BY_QUARTER = VectorShuffle.iota(F, N / 4, 1, true);
  private static final VectorShuffle<Float> BY_EIGHTH = VectorShuffle.iota(F, N / 8, 1, true);
  private static final float ROUND = 12_582_912;

  private Lanes() {}

  /** The floats from {@code element} on. */
  static FloatVector load(MemorySegment bf16, long element) {
    return ShortVector.fromMemorySegment(S, bf16, element * 2, LE)
        .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0)
        .reinterpretAsInts().lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  /** Rounds to the nearest, ties to even, and writes from {@code element} on. */
  static void store(FloatVector value, MemorySegment bf16, long element) {
    IntVector bits = value.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
    IntVector rounded = bits.add(odd).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
    ((ShortVector) rounded.convertShape(VectorOperators.I2S, S, 0)).intoMemorySegment(bf16, element * 2, LE);
  }

  /** What {@link #store} would leave of the value. */
  static FloatVector rounded(FloatVector value) {
    IntVector bits = value.reinterpretAsInts();
    IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
    return bits.add(odd).add(0x7fff).and(0xffff0000).reinterpretAsFloats();
  }

  /** A copy as floats of the first {@code count} elements, a whole number of vectors: cheap to read again and again. */
  static float[] floats(MemorySegment bf16, int count) {
    float[] floats = new float[count];
    for (int i = 0; i < count; i += N) {
      load(bf16, i).intoArray(floats, i);
    }
    return floats;
  }

  static float at(MemorySegment bf16, long element) {
    return Float.intBitsToFloat(bf16.get(SHORT, element * 2) << 16);
  }

  static void put(float value, MemorySegment bf16, long element) {
    int bits = Float.floatToRawIntBits(value);
    bf16.set(SHORT, element * 2, (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16));
  }

  /**
   * e to the power of each lane to seven digits, without the call that the library's own costs: powers of two from the
   * exponent's bits, the rest by its series. Lanes below -87 give 1.6e-38 and lanes above 88 give 1.7e38.
   */
  static FloatVector exp(FloatVector x) {
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
  static float sum(FloatVector value) {
    FloatVector halves = value.add(value.rearrange(BY_HALF));
    FloatVector quarters = halves.add(halves.rearrange(BY_QUARTER));
    FloatVector eighths = quarters.add(quarters.rearrange(BY_EIGHTH));
    return N == 8 ? eighths.lane(0) : eighths.lane(0) + eighths.lane(1);
  }
}
