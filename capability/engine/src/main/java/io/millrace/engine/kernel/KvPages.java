// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.Lanes;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Keys and values of all sequences, in pages of {@link #POSITIONS} positions of one fixed stretch of memory (Kwon et al.,
 * PagedAttention, 2023). Which page belongs to whom is not known here.
 *
 * <p>A page holds, for each layer and head, keys as [dimension][position], so that a query's scores come out side by side, and
 * values as [position][dimension].
 */
public final class KvPages implements AutoCloseable {
  /** Positions in a page. */
  public static final int POSITIONS = 32;

  private static final int TILE = Lanes.TILE;
  private static final long PART = 2L << 20;
  private static final int SMALLEST_PAGE = 4096; // of the system's memory

  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final KvFormat format;
  private final int layers;
  private final int heads;
  private final int headDim;
  private final int paddedDim; // whole pairs of vectors
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

  /**
   * Has the system give the memory now, with a team's help: otherwise each request that is the first in its pages waits for
   * that, a tenth of the time in which a prompt is read.
   */
  public void touch(Team team) {
    long parts = (memory.byteSize() + PART - 1) / PART;
    team.run(Math.toIntExact(parts), 1, parts < 2, (from, to, thread) -> {
      for (long at = from * PART; at < Math.min(to * PART, memory.byteSize()); at += SMALLEST_PAGE) {
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
      }
    });
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
      int key = kAt + h * headDim;
      int value = vAt + h * headDim;
      switch (format) { // a loop each, so that each is compiled for itself
        case F32 -> putF32(at, slot, k, key, v, value);
        case BF16 -> putBf16(at, slot, k, key, v, value);
        case INT8 -> putInt8(at, slot, k, key, v, value);
      }
    }
  }

  private void putF32(long at, int slot, float[] k, int kAt, float[] v, int vAt) {
    long values = valuesAt(at) + 4L * slot * paddedDim;
    for (int d = 0; d < headDim; d++) {
      memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * (d * POSITIONS + slot), k[kAt + d]);
      memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, values + 4L * d, v[vAt + d]);
    }
  }

  private void putBf16(long at, int slot, float[] k, int kAt, float[] v, int vAt) {
    short[] halves = new short[headDim];
    Elements.halves(v, vAt, headDim, halves, 0);
    MemorySegment.copy(halves, 0, memory, ValueLayout.JAVA_SHORT_UNALIGNED, valuesAt(at) + 2L * slot * paddedDim, headDim);
    Elements.halves(k, kAt, headDim, halves, 0);
    for (int d = 0; d < headDim; d++) {
      memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * (d * POSITIONS + slot), halves[d]);
    }
  }

  private void putInt8(long at, int slot, float[] k, int kAt, float[] v, int vAt) {
    float keyScale = scale(k, kAt);
    float valueScale = scale(v, vAt);
    long values = valuesAt(at) + (long) slot * paddedDim;
    for (int d = 0; d < headDim; d++) {
      memory.set(ValueLayout.JAVA_BYTE, at + (long) d * POSITIONS + slot, steps(k[kAt + d], keyScale));
      memory.set(ValueLayout.JAVA_BYTE, values + d, steps(v[vAt + d], valueScale));
    }
    memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesAt(at) + 4L * slot, keyScale);
    memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesAt(at) + 4L * (POSITIONS + slot), valueScale);
  }

  private float scale(float[] x, int at) {
    float largest = 0;
    for (int d = 0; d < headDim; d++) {
      largest = Math.max(largest, Math.abs(x[at + d]));
    }
    return largest / 127;
  }

  private static byte steps(float value, float scale) {
    return (byte) (scale == 0 ? 0 : Math.round(value / scale));
  }

  private float storedScale(long headAt, int index) {
    return memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesAt(headAt) + 4L * index);
  }

  /** The keys of a page: [headDim][32]. */
  void keys(int page, int layer, int head, float[] out) {
    long at = headAt(page, layer, head);
    Kernels.widen(format, memory, at, POSITIONS * headDim, out);
    if (format.scaled()) {
      for (int slot = 0; slot < POSITIONS; slot++) {
        float scale = storedScale(at, slot);
        for (int d = 0; d < headDim; d++) {
          out[d * POSITIONS + slot] *= scale;
        }
      }
    }
  }

  /** The values of a page: [32][paddedDim]. */
  void values(int page, int layer, int head, float[] out) {
    long at = headAt(page, layer, head);
    Kernels.widen(format, memory, valuesAt(at), POSITIONS * paddedDim, out);
    if (format.scaled()) {
      for (int slot = 0; slot < POSITIONS; slot++) {
        float scale = storedScale(at, POSITIONS + slot);
        for (int d = 0; d < headDim; d++) {
          out[slot * paddedDim + d] *= scale;
        }
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
