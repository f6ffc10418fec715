// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/**
 * Keys and values of one sequence.
 *
 * <p>Keys lie in blocks of 16 positions, within a block dimension by dimension, so that the scores of 16 positions come
 * out of one pass without summing across lanes. Values lie position by position. For one thread at a time.
 */
final class KvCache {
  /** Positions per block of keys. */
  static final int BLOCK = 16;

  private final int capacity;
  private final int headDim;
  private final int kvHeads;
  private final float[][] keys; // [layer][((head × blocks + block) × headDim + d) × 16 + position % 16]
  private final float[][] values; // [layer][(head × capacity + position) × headDim + d]
  private int size;

  KvCache(LlamaConfig config, int capacity) {
    this.capacity = (capacity + BLOCK - 1) / BLOCK * BLOCK;
    this.headDim = config.headDim();
    this.kvHeads = config.kvHeads();
    int floats = Math.multiplyExact(Math.multiplyExact(this.capacity, kvHeads), headDim);
    keys = new float[config.layers()][floats];
    values = new float[config.layers()][floats];
  }

  /** Bytes that a cache for so many positions takes. */
  static long bytes(LlamaConfig config, int capacity) {
    return 2L * Float.BYTES * config.layers() * config.kvDim() * ((capacity + BLOCK - 1L) / BLOCK * BLOCK);
  }

  int capacity() {
    return capacity;
  }

  /** Positions that are filled. */
  int size() {
    return size;
  }

  void size(int positions) {
    size = positions;
  }

  /** Stores a position's rotated keys and its values, both [kvHeads × headDim]. */
  void put(int layer, int position, float[] k, int kAt, float[] v, int vAt) {
    for (int h = 0; h < kvHeads; h++) {
      int to = keyBlock(h, position / BLOCK) + position % BLOCK;
      for (int d = 0; d < headDim; d++) {
        keys[layer][to + d * BLOCK] = k[kAt + h * headDim + d];
      }
      System.arraycopy(v, vAt + h * headDim, values[layer], valueAt(h, position), headDim);
    }
  }

  float[] keys(int layer) {
    return keys[layer];
  }

  float[] values(int layer) {
    return values[layer];
  }

  int keyBlock(int head, int block) {
    return (head * (capacity / BLOCK) + block) * headDim * BLOCK;
  }

  int valueAt(int head, int position) {
    return (head * capacity + position) * headDim;
  }
}
