// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/** The widths of vectors: as many bytes, shorts or ints at a time as floats fit into one register. */
final class VectorLanes {
  static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final int N = F.length();
  // Narrower than 8 floats has no matching byte vector; then the kernels are not used, see wideEnough.
  static final VectorSpecies<Byte> B = N == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
  static final VectorSpecies<Short> S = N == 16 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
  static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;

  private VectorLanes() {}

  static FloatVector toFloats(IntVector v) {
    return (FloatVector) v.convertShape(VectorOperators.I2F, F, 0);
  }

  /** Floats of which the upper halves are stored. */
  static FloatVector bf16(MemorySegment s, long at) {
    return ((IntVector) ShortVector.fromMemorySegment(S, s, at, LE).convertShape(VectorOperators.S2I, I, 0))
        .lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  static FloatVector bytes(MemorySegment s, long at) {
    return (FloatVector) ByteVector.fromMemorySegment(B, s, at, LE).convertShape(VectorOperators.B2F, F, 0);
  }
}
