// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import jdk.incubator.vector.FloatVector;

/** Scaled dot-product attention of one query head over a sequence's cache (Vaswani et al., 2017). */
final class Attention {
  private Attention() {}

  /**
   * out = Σ softmax(q · k / √headDim) × v over the first {@code positions} positions.
   *
   * @param scores scratch of at least the cache's capacity
   */
  static void head(
      KvCache cache, int layer, int kvHead, int headDim, int positions,
      float[] q, int qAt, float[] out, int outAt, float[] scores) {
    boolean vector = Lanes.AVAILABLE;
    float[] keys = cache.keys(layer);
    for (int block = 0; block * KvCache.BLOCK < positions; block++) {
      int keysAt = cache.keyBlock(kvHead, block);
      if (vector) {
        Kernel.scores(keys, keysAt, headDim, q, qAt, scores, block * KvCache.BLOCK);
      } else {
        scoresPlain(keys, keysAt, headDim, q, qAt, scores, block * KvCache.BLOCK);
      }
    }
    softmax(scores, positions, (float) (1 / Math.sqrt(headDim)));
    int valuesAt = cache.valueAt(kvHead, 0);
    int done = vector ? Kernel.mix(cache.values(layer), valuesAt, headDim, scores, positions, out, outAt) : 0;
    mixPlain(cache.values(layer), valuesAt, headDim, scores, positions, out, outAt, done);
  }

  static void softmax(float[] scores, int size, float scale) {
    float max = Float.NEGATIVE_INFINITY;
    for (int t = 0; t < size; t++) {
      max = Math.max(max, scores[t]);
    }
    float sum = 0;
    for (int t = 0; t < size; t++) {
      float e = (float) Math.exp((scores[t] - max) * scale);
      scores[t] = e;
      sum += e;
    }
    float inverse = 1 / sum;
    for (int t = 0; t < size; t++) {
      scores[t] *= inverse;
    }
  }

  static void scoresPlain(float[] keys, int keysAt, int headDim, float[] q, int qAt, float[] scores, int scoresAt) {
    for (int t = 0; t < KvCache.BLOCK; t++) {
      float sum = 0;
      for (int d = 0; d < headDim; d++) {
        sum += q[qAt + d] * keys[keysAt + d * KvCache.BLOCK + t];
      }
      scores[scoresAt + t] = sum;
    }
  }

  static void mixPlain(
      float[] values, int valuesAt, int headDim, float[] weights, int positions, float[] out, int outAt, int from) {
    for (int d = from; d < headDim; d++) {
      float sum = 0;
      for (int t = 0; t < positions; t++) {
        sum += weights[t] * values[valuesAt + t * headDim + d];
      }
      out[outAt + d] = sum;
    }
  }

  /** Apart, so that it loads only where the Vector API is. */
  static final class Kernel {
    private Kernel() {}

    static void scores(float[] keys, int keysAt, int headDim, float[] q, int qAt, float[] scores, int scoresAt) {
      for (int t = 0; t < KvCache.BLOCK; t += VectorLanes.N) {
        FloatVector a = FloatVector.zero(VectorLanes.F);
        FloatVector b = a;
        for (int d = 0; d < headDim; d += 2) { // the head's size is even
          int at = keysAt + d * KvCache.BLOCK + t;
          a = FloatVector.fromArray(VectorLanes.F, keys, at).fma(FloatVector.broadcast(VectorLanes.F, q[qAt + d]), a);
          b = FloatVector.fromArray(VectorLanes.F, keys, at + KvCache.BLOCK)
              .fma(FloatVector.broadcast(VectorLanes.F, q[qAt + d + 1]), b);
        }
        a.add(b).intoArray(scores, scoresAt + t);
      }
    }

    /** Mixes as many dimensions as fill vectors and returns how many. */
    static int mix(
        float[] values, int valuesAt, int headDim, float[] weights, int positions, float[] out, int outAt) {
      int bound = headDim - headDim % VectorLanes.N;
      for (int d = 0; d < bound; d += VectorLanes.N) {
        mixLanes(values, valuesAt + d, headDim, weights, positions, out, outAt + d);
      }
      return bound;
    }

    private static void mixLanes(
        float[] values, int valuesAt, int stride, float[] weights, int positions, float[] out, int outAt) {
      FloatVector a = FloatVector.zero(VectorLanes.F);
      for (int t = 0; t < positions; t++) {
        a = FloatVector.fromArray(VectorLanes.F, values, valuesAt + t * stride)
            .fma(FloatVector.broadcast(VectorLanes.F, weights[t]), a);
      }
      a.intoArray(out, outAt);
    }
  }
}
