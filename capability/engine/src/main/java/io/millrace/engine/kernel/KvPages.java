// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Keys and values of all sequences, in pages of {@link #POSITIONS} positions of one fixed stretch of memory (Kwon et al.,
 * PagedAttention, 2023). Which page belongs to whom is not known here.
 *
 * <p>A page holds, for each layer and head, keys as tiles [half][dimension][2N positions], so that a query's scores come out
 * side by side, and values as tiles [slice of 2N dimensions][position][2N].
 */
public final class KvPages implements AutoCloseable {
  /** Positions in a page. */
  public static final int POSITIONS = 32;

  private static final int TILE = Lanes.TILE;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final KvFormat format;
  private final int layers;
  private final int heads;
  private final int headDim;
  private final int paddedDim; // whole tiles
  private final int count;

  /**
   * Pages of zeros.
   *
   * @param heads of keys and values, in each layer
   * @param count of pages
   */
  public KvPages(KvFormat format, int layers, int heads, int headDim, int count) {
    this.format = format;
    this.layers = layers;
    this.heads = heads;
    this.headDim = headDim;
    this.paddedDim = padded(headDim);
    this.count = count;
    memory = OffHeap.allocate(arena, pageBytes(format, layers, heads, headDim) * count);
  }

  private static int padded(int headDim) {
    return (headDim + TILE - 1) / TILE * TILE;
  }

  /** Bytes of a page. */
  public static long pageBytes(KvFormat format, int layers, int heads, int headDim) {
    return (long) layers * heads * headBytes(format, headDim);
  }

  private static long headBytes(KvFormat format, int headDim) {
    return (long) POSITIONS * ((headDim + padded(headDim)) * format.bytes() + (format.scaled() ? 2 * Float.BYTES : 0));
  }

  /** How many pages there are. */
  public int count() {
    return count;
  }

  /** Bytes of all pages. */
  public long bytes() {
    return memory.byteSize();
  }

  int headDim() {
    return headDim;
  }

  int paddedDim() {
    return paddedDim;
  }

  private long headAt(int page, int layer, int head) {
    return (((long) page * layers + layer) * heads + head) * headBytes(format, headDim);
  }

  private long valuesAt(long headAt) {
    return headAt + (long) POSITIONS * headDim * format.bytes();
  }

  private long scalesAt(long headAt) {
    return valuesAt(headAt) + (long) POSITIONS * paddedDim * format.bytes();
  }

  /**
   * Stores a position's rotated keys and its values of one layer, both [heads × headDim].
   *
   * @param slot of the page, below {@link #POSITIONS}
   */
  public void put(int page, int layer, int slot, float[] k, int kAt, float[] v, int vAt) {
    for (int h = 0; h < heads; h++) {
      long at = headAt(page, layer, h);
      float keyScale = format.scaled() ? scale(k, kAt + h * headDim) : 1;
      float valueScale = format.scaled() ? scale(v, vAt + h * headDim) : 1;
      long keys = (long) slot / TILE * headDim * TILE + slot % TILE;
      for (int d = 0; d < headDim; d++) {
        put(at, keys + (long) d * TILE, k[kAt + h * headDim + d], keyScale);
        put(valuesAt(at), ((long) d / TILE * POSITIONS + slot) * TILE + d % TILE, v[vAt + h * headDim + d], valueScale);
      }
      if (format.scaled()) {
        memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesAt(at) + 4L * slot, keyScale);
        memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesAt(at) + 4L * (POSITIONS + slot), valueScale);
      }
    }
  }

  private float scale(float[] x, int at) {
    float largest = 0;
    for (int d = 0; d < headDim; d++) {
      largest = Math.max(largest, Math.abs(x[at + d]));
    }
    return largest / 127;
  }

  private void put(long at, long index, float value, float scale) {
    switch (format) {
      case F32 -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4 * index, value);
      case BF16 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2 * index, nearest(value));
      case INT8 -> memory.set(ValueLayout.JAVA_BYTE, at + index, (byte) (scale == 0 ? 0 : Math.round(value / scale)));
    }
  }

  private static short nearest(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }

  /** The keys of a page: [half][headDim][2N]. */
  void keys(int page, int layer, int head, float[] out) {
    long at = headAt(page, layer, head);
    Kernels.widen(format, memory, at, POSITIONS * headDim, out);
    if (format.scaled()) {
      for (int i = 0; i < POSITIONS * headDim; i += TILE) {
        int half = i / (headDim * TILE);
        for (int j = 0; j < TILE; j++) {
          out[i + j] *= memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesAt(at) + 4L * (half * TILE + j));
        }
      }
    }
  }

  /** The values of a page: [slice][32][2N]. */
  void values(int page, int layer, int head, float[] out) {
    long at = headAt(page, layer, head);
    Kernels.widen(format, memory, valuesAt(at), POSITIONS * paddedDim, out);
    if (format.scaled()) {
      for (int i = 0; i < POSITIONS * paddedDim; i += TILE) {
        float scale = memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED,
            scalesAt(at) + 4L * (POSITIONS + i / TILE % POSITIONS));
        for (int j = 0; j < TILE; j++) {
          out[i + j] *= scale;
        }
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
