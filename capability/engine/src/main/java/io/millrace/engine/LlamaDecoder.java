// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.LlamaWeights.Layer;
import io.millrace.engine.LlamaWeights.Projection;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/**
 * The forward pass of a Llama decoder (Touvron et al., 2023): several tokens at a time, of one sequence or of many, so
 * that the weights are read once for all of them. Each row's numbers are the same in every company. For one thread.
 */
final class LlamaDecoder implements AutoCloseable {
  /** Rows in a step at most. */
  static final int MAX_ROWS = 32;

  /** Products with fewer terms than this are not worth waking another thread. */
  private static final long SMALL = 1 << 16;

  /** A token to append to a sequence; logits are computed where they are wanted. */
  record Row(KvCache cache, int token, boolean logits) {}

  private final LlamaConfig config;
  private final LlamaWeights weights;
  private final Team team;
  private final RotaryEmbedding rotary;
  private final float[] x;
  private final float[] normed;
  private final float[] q;
  private final float[] k;
  private final float[] v;
  private final float[] mixed;
  private final float[] delta;
  private final float[] gate;
  private final float[] up;
  private final float[][] scores;

  LlamaDecoder(LlamaConfig config, LlamaWeights weights, int threads) {
    this.config = config;
    this.weights = weights;
    this.team = new Team(threads);
    rotary = new RotaryEmbedding(config);
    x = new float[MAX_ROWS * config.dim()];
    normed = new float[MAX_ROWS * config.dim()];
    q = new float[MAX_ROWS * config.queryDim()];
    k = new float[MAX_ROWS * config.kvDim()];
    v = new float[MAX_ROWS * config.kvDim()];
    mixed = new float[MAX_ROWS * config.queryDim()];
    delta = new float[MAX_ROWS * config.dim()];
    gate = new float[MAX_ROWS * config.hidden()];
    up = new float[MAX_ROWS * config.hidden()];
    scores = new float[team.threads()][config.context() + KvCache.BLOCK];
  }

  LlamaConfig config() {
    return config;
  }

  LlamaWeights weights() {
    return weights;
  }

  /** An empty cache for a sequence of at most so many tokens. */
  KvCache newCache(int capacity) {
    if (capacity < 1 || capacity > config.context()) {
      throw new IllegalArgumentException("a sequence of " + capacity + " tokens; the model's context is "
          + config.context());
    }
    return new KvCache(config, capacity);
  }

  /**
   * Appends each row's token to its sequence; rows of one sequence follow each other in order.
   *
   * @return for each row that wants them, in order, the logits [vocabulary] of what comes next
   * @throws IllegalArgumentException when a token is not in the vocabulary or a cache is full; nothing is appended then
   */
  float[][] step(List<Row> rows) {
    int n = rows.size();
    int[] positions = positions(rows);
    for (int i = 0; i < n; i++) {
      weights.embedding().copyRow(rows.get(i).token, x, i * config.dim());
    }
    for (int l = 0; l < config.layers(); l++) {
      Layer layer = weights.layers().get(l);
      attend(layer, l, rows, positions);
      feedForward(layer, n);
    }
    rows.forEach(r -> r.cache.size(r.cache.size() + 1));
    return logits(rows);
  }

  private int[] positions(List<Row> rows) {
    if (rows.size() > MAX_ROWS) {
      throw new IllegalArgumentException(rows.size() + " rows; at most " + MAX_ROWS + " go into a step");
    }
    int[] positions = new int[rows.size()];
    for (int i = 0; i < positions.length; i++) {
      Row row = rows.get(i);
      positions[i] = row.cache.size();
      for (int j = 0; j < i; j++) {
        if (rows.get(j).cache == row.cache) {
          positions[i]++;
        }
      }
      if (positions[i] >= Math.min(row.cache.capacity(), config.context())) {
        throw new IllegalArgumentException("a sequence is full at " + positions[i] + " tokens");
      }
      if (row.token < 0 || row.token >= config.vocabulary()) {
        throw new IllegalArgumentException("token " + row.token + " is not below the vocabulary's "
            + config.vocabulary());
      }
    }
    return positions;
  }

  private void attend(Layer layer, int l, List<Row> rows, int[] positions) {
    int n = positions.length;
    norm(x, n, layer.attentionNorm(), normed);
    project(layer.q(), normed, n, q);
    project(layer.k(), normed, n, k);
    project(layer.v(), normed, n, v);
    for (int i = 0; i < n; i++) {
      normHeads(q, i * config.queryDim(), config.heads(), layer.qNorm());
      normHeads(k, i * config.kvDim(), config.kvHeads(), layer.kNorm());
      rotary.rotate(q, i * config.queryDim(), config.heads(), positions[i]);
      rotary.rotate(k, i * config.kvDim(), config.kvHeads(), positions[i]);
      rows.get(i).cache.put(l, positions[i], k, i * config.kvDim(), v, i * config.kvDim());
    }
    int headDim = config.headDim();
    int shared = config.heads() / config.kvHeads();
    long terms = Arrays.stream(positions).sum() * (long) config.queryDim();
    team.run(n * config.heads(), 1, terms < SMALL, (from, to, thread) -> {
      for (int j = from; j < to; j++) {
        int i = j / config.heads();
        int head = j % config.heads();
        int at = i * config.queryDim() + head * headDim;
        Attention.head(rows.get(i).cache, l, head / shared, headDim, positions[i] + 1, q, at, mixed, at,
            scores[thread]);
      }
    });
    project(layer.o(), mixed, n, delta);
    addTo(x, delta, n * config.dim());
  }

  private void feedForward(Layer layer, int n) {
    norm(x, n, layer.mlpNorm(), normed);
    project(layer.gate(), normed, n, gate);
    project(layer.up(), normed, n, up);
    int size = n * config.hidden();
    team.run(size, 64, size < 4096, (from, to, thread) -> {
      for (int i = from; i < to; i++) {
        float g = gate[i];
        gate[i] = g / (1 + (float) Math.exp(-g)) * up[i];
      }
    });
    project(layer.down(), gate, n, delta);
    addTo(x, delta, n * config.dim());
  }

  private float[][] logits(List<Row> rows) {
    int wanted = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).logits) {
        System.arraycopy(x, i * config.dim(), x, wanted++ * config.dim(), config.dim());
      }
    }
    float[][] out = new float[wanted][];
    if (wanted > 0) {
      norm(x, wanted, weights.norm(), normed);
      float[] flat = new float[wanted * config.vocabulary()];
      multiply(weights.output(), normed, wanted, flat);
      for (int i = 0; i < wanted; i++) {
        out[i] = Arrays.copyOfRange(flat, i * config.vocabulary(), (i + 1) * config.vocabulary());
      }
    }
    return out;
  }

  private void project(Projection p, float[] in, int n, float[] out) {
    multiply(p.matrix(), in, n, out);
    float[] bias = p.bias();
    if (bias != null) {
      for (int i = 0; i < n * bias.length; i++) {
        out[i] += bias[i % bias.length];
      }
    }
  }

  private void multiply(Matrix m, float[] in, int n, float[] out) {
    boolean small = (long) m.rows() * m.columns() * n < SMALL;
    team.run(m.rows(), 4, small, (from, to, thread) -> m.multiply(in, n, out, from, to));
  }

  /** RMSNorm (Zhang and Sennrich, 2019) of n rows. */
  private void norm(float[] in, int n, float[] scale, float[] out) {
    for (int i = 0; i < n; i++) {
      normRow(in, i * scale.length, scale, out);
    }
  }

  private void normHeads(float[] in, int at, int heads, float @Nullable [] scale) {
    if (scale != null) {
      for (int h = 0; h < heads; h++) {
        normRow(in, at + h * scale.length, scale, in);
      }
    }
  }

  private void normRow(float[] in, int at, float[] scale, float[] out) {
    float squares = 0;
    for (int d = 0; d < scale.length; d++) {
      squares += in[at + d] * in[at + d];
    }
    float factor = (float) (1 / Math.sqrt(squares / scale.length + config.normEps()));
    for (int d = 0; d < scale.length; d++) {
      out[at + d] = in[at + d] * factor * scale[d];
    }
  }

  private static void addTo(float[] x, float[] delta, int size) {
    for (int i = 0; i < size; i++) {
      x[i] += delta[i];
    }
  }

  @Override
  public void close() {
    team.close();
    weights.close();
  }
}
