// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.array.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Vectors of floats read from and written to BF16 memory; does not load where the Vector API is missing.
 *
 * <p>Reading or writing memory outside the heap costs the compiler a hundred inlined calls, and beyond some twelve hundred
 * in one loop it stops inlining and makes an object of each vector, which is twenty times slower. So a kernel's loop has
 * at most about four of them with {@link VectorMath#exp} beside one or two; what is read again goes into arrays.
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
}
