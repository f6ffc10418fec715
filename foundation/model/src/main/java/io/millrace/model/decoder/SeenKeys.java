// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads a mask back into what made it: from which token on each token sees. */
final class SeenKeys {
  private static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT_UNALIGNED;

  private SeenKeys() {}

  /**
   * The first key that each token sees, [batch · time].
   *
   * @param mask BF16 [batch, 1, 1, time, time], see {@link Decoder#mask}
   * @return null when a token sees others than neighbours that end with itself
   */
  static int @Nullable [] starts(Tensor mask) {
    int batch = (int) mask.size(0);
    int time = (int) mask.size(3);
    MemorySegment values = Tensors.segment(mask);
    int[] starts = new int[batch * time];
    for (int row = 0; row < starts.length; row++) {
      long at = (long) row * time;
      int query = row % time;
      int start = query;
      while (start > 0 && open(values, at + start - 1)) {
        start--;
      }
      if (!open(values, at + query) || !closed(values, at, 0, start) || !closed(values, at, query + 1, time)) {
        return null;
      }
      starts[row] = start;
    }
    return starts;
  }

  private static boolean open(MemorySegment mask, long element) {
    return (mask.get(BF16, 2 * element) & 0x7fff) == 0;
  }

  private static boolean closed(MemorySegment mask, long at, int from, int to) {
    for (int key = from; key < to; key++) {
      // Beyond -1e29: what libtorch's softmax turns into an exact 0.
      if ((mask.get(BF16, 2 * (at + key)) & 0xffff) < 0xf000) {
        return false;
      }
    }
    return true;
  }
}
