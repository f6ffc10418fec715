// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.nio.ByteOrder;

/** The widths of vectors: as many bytes, shorts or ints at a time as floats fit into one register. */
final class VectorLanes {
  static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final int N = F.length();
  // Narrower than 8 floats has no matching byte vector; then the kernels are not used, see wideEnough.
  static final VectorSpecies<Byte> B =
      N == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  static final VectorSpecies<Short> S =
      N == 16 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
  static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8 % N, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4 % N, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2 % N, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);

  private VectorLanes() {}

  static boolean wideEnough() {
    return F.vectorShape() == VectorShape.S_512_BIT || F.vectorShape() == VectorShape.S_256_BIT;
  }

  /**
   * The sum of all lanes, always in the same order; {@code reduceLanes} may choose another once it is compiled, and then
   * the same seed would not give the same text.
   */
  static float sum(FloatVector v) {
    FloatVector t = N == 16 ? v.add(v.rearrange(BY_8)) : v;
    t = t.add(t.rearrange(BY_4));
    t = t.add(t.rearrange(BY_2));
    t = t.add(t.rearrange(BY_1));
    return t.lane(0);
  }
}
