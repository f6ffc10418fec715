// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.tensor.array.MatrixProduct;
import io.millrace.tensor.array.Passes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A BERT encoder (Devlin et al. 2019) without its pooler, for reading only. Computes in floats on the caller's thread, without libtorch's
 * tensors; safe for use by several threads.
 *
 * <p>Texts stand one behind the other, so there is no padding between them. Of the last layer only what is asked for is computed: where the
 * first token's state is wanted, all but keys and values of the others is left out. Biases of keys are left out, since softmax does not
 * see them, and those of values join the bias behind them, since shares add up to 1: both are exact but for rounding.
 */
public final class PackedEncoder {
  /** Outputs that are computed at a time: what the native products are fastest with, and whole vectors everywhere. */
  private static final int STRIP = 32;

  /** Rows that go through both halves of the feed-forward block at a time, so that what lies between stays in the cache. */
  private static final int BLOCK = 64;

  /** Inputs that are summed at a time: a strip's weights then stay in the nearest cache. */
  private static final int DEPTH = 512;

  /** Rows are filled up to a multiple of this: products of one or two rows are slow. */
  private static final int FEW_ROWS = 8;

  private final EncoderConfig config;
  private final float[] words;
  private final float[] positions;
  private final float[] types;
  private final Norm embeddingNorm;
  private final List<Layer> layers = new ArrayList<>();
  private final int width; // of a row in memory, whole strips
  private final int headWidth;
  private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();

  private record Norm(float[] weight, float[] bias, float epsilon) {
    void apply(float[] x, int at) {
      Passes.normalise(x, at, weight, bias, epsilon);
    }
  }

  /** Weights [outputs, inputs] by strips of outputs: [strip][input][STRIP]. */
  private record Matrix(float[] strips, int count, int depth) {
    static Matrix of(float[] weights, int outputs, int inputs) {
      int count = Math.ceilDiv(outputs, STRIP);
      float[] strips = new float[count * inputs * STRIP];
      for (int o = 0; o < outputs; o++) {
        int at = o / STRIP * inputs * STRIP + o % STRIP;
        for (int i = 0; i < inputs; i++) {
          strips[at + i * STRIP] = weights[o * inputs + i];
        }
      }
      return new Matrix(strips, count, inputs);
    }

    /** c = a times one strip; rows of a begin {@code aStride} after each other, those of c {@code cStride}. */
    void strip(int strip, int rows, float[] a, int aAt, int aStride, float[] c, int cAt, int cStride) {
      for (int d = 0; d < depth; d += DEPTH) {
        MatrixProduct.multiply(rows, STRIP, Math.min(DEPTH, depth - d), a, aAt + d, aStride, strips, (strip * depth + d) * STRIP, c, cAt,
            cStride, d > 0);
      }
    }

    void all(int rows, float[] a, int aAt, int aStride, float[] c, int cAt, int cStride) {
      for (int s = 0; s < count; s++) {
        strip(s, rows, a, aAt, aStride, c, cAt + s * STRIP, cStride);
      }
    }
  }

  /** Queries, keys and values have a head's outputs in whole strips of their own. */
  private record Layer(
      Matrix query, float[] queryBias, Matrix key, Matrix value, Matrix attentionOut, float[] attentionOutBias, Norm attentionNorm,
      Matrix inner, float[] innerBias, Matrix out, float[] outBias, Norm outNorm) {}

  /** Memory of one computation; grows to what the largest so far needed. */
  private static final class Workspace {
    private float[] x = {};
    private float[] y = {};
    private float[] queries = {};
    private float[] keys = {};
    private float[] values = {};
    private float[] mixed = {};
    private float[] inner = {};
    private float[] scores = {};
    private float[] turned = {};

    private static float[] atLeast(float[] x, int size) {
      return x.length >= size ? x : new float[size];
    }
  }

  /** Takes an encoder's weights into memory, in the order in which they are read. */
  public static PackedEncoder of(EncoderTensors tensors) {
    return new PackedEncoder(tensors);
  }

  private PackedEncoder(EncoderTensors tensors) {
    this.config = tensors.config();
    int hidden = config.hiddenSize();
    this.width = strips(hidden) * STRIP;
    this.headWidth = strips(config.headDim()) * STRIP;
    this.words = tensors.floats(EncoderWeights.WORDS, config.vocabSize(), hidden);
    this.positions = tensors.floats(EncoderWeights.POSITIONS, config.maxPositions(), hidden);
    this.types = tensors.floats(EncoderWeights.TYPES, config.typeVocabSize(), hidden);
    this.embeddingNorm = norm(tensors, EncoderWeights.EMBEDDING_NORM);
    for (int i = 0; i < config.layers(); i++) {
      layers.add(layer(tensors, EncoderWeights.layer(i)));
    }
    MatrixProduct.prepare();
  }

  private static int strips(int outputs) {
    return Math.ceilDiv(outputs, STRIP);
  }

  private Norm norm(EncoderTensors tensors, String name) {
    return new Norm(tensors.floats(name + ".weight", config.hiddenSize()), tensors.floats(name + ".bias", config.hiddenSize()),
        (float) config.layerNormEps());
  }

  private Layer layer(EncoderTensors tensors, String prefix) {
    int hidden = config.hiddenSize();
    int inner = config.intermediateSize();
    String query = prefix + EncoderWeights.attention("query");
    float scale = (float) (1 / Math.sqrt(config.headDim()));
    float[] queryWeights = tensors.floats(query + ".weight", hidden, hidden);
    float[] queryBias = tensors.floats(query + ".bias", hidden);
    Passes.scale(queryWeights, 0, queryWeights.length, scale);
    Passes.scale(queryBias, 0, queryBias.length, scale);
    float[] out = tensors.floats(prefix + EncoderWeights.ATTENTION_OUT + ".weight", hidden, hidden);
    float[] outBias = tensors.floats(prefix + EncoderWeights.ATTENTION_OUT + ".bias", hidden);
    float[] valueBias = tensors.floats(prefix + EncoderWeights.attention("value") + ".bias", hidden);
    for (int o = 0; o < hidden; o++) {
      double sum = outBias[o];
      for (int i = 0; i < hidden; i++) {
        sum += (double) out[o * hidden + i] * valueBias[i];
      }
      outBias[o] = (float) sum;
    }
    return new Layer(
        Matrix.of(byHeads(queryWeights, hidden), config.heads() * headWidth, hidden),
        byHeads(queryBias, 1),
        Matrix.of(byHeads(tensors.floats(prefix + EncoderWeights.attention("key") + ".weight", hidden, hidden), hidden),
            config.heads() * headWidth, hidden),
        Matrix.of(byHeads(tensors.floats(prefix + EncoderWeights.attention("value") + ".weight", hidden, hidden), hidden),
            config.heads() * headWidth, hidden),
        Matrix.of(columnsByHeads(out), hidden, config.heads() * headWidth),
        outBias,
        norm(tensors, prefix + EncoderWeights.ATTENTION_NORM),
        Matrix.of(tensors.floats(prefix + EncoderWeights.INNER + ".weight", inner, hidden), inner, hidden),
        filled(tensors.floats(prefix + EncoderWeights.INNER + ".bias", inner)),
        Matrix.of(tensors.floats(prefix + EncoderWeights.OUT + ".weight", hidden, inner), hidden, inner),
        tensors.floats(prefix + EncoderWeights.OUT + ".bias", hidden),
        norm(tensors, prefix + EncoderWeights.OUT_NORM));
  }

  private static float[] filled(float[] bias) {
    return Arrays.copyOf(bias, strips(bias.length) * STRIP);
  }

  /** Rows of {@code columns} numbers, each head's filled up to whole strips. */
  private float[] byHeads(float[] x, int columns) {
    float[] out = new float[config.heads() * headWidth * columns];
    for (int h = 0; h < config.heads(); h++) {
      System.arraycopy(x, h * config.headDim() * columns, out, h * headWidth * columns, config.headDim() * columns);
    }
    return out;
  }

  private float[] columnsByHeads(float[] x) {
    int hidden = config.hiddenSize();
    float[] out = new float[hidden * config.heads() * headWidth];
    for (int o = 0; o < hidden; o++) {
      for (int h = 0; h < config.heads(); h++) {
        System.arraycopy(x, o * hidden + h * config.headDim(), out, (o * config.heads() + h) * headWidth, config.headDim());
      }
    }
    return out;
  }

  /** The shape. */
  public EncoderConfig config() {
    return config;
  }

  /**
   * The last hidden state of each text's first token.
   *
   * @param texts together a few hundred tokens are fastest
   * @return [text][hiddenSize]
   * @throws IllegalArgumentException when a text is empty, is longer than the encoder's positions, or holds a token that is none
   */
  public float[][] firstStates(List<EncoderText> texts) {
    return compute(texts, true);
  }

  /**
   * The last hidden states of all tokens.
   *
   * @return [text][tokens · hiddenSize]
   * @throws IllegalArgumentException as {@link #firstStates} does
   */
  public float[][] states(List<EncoderText> texts) {
    return compute(texts, false);
  }

  private float[][] compute(List<EncoderText> texts, boolean firstOnly) {
    int[] starts = starts(texts);
    int tokens = starts[texts.size()];
    int rows = Math.ceilDiv(tokens, FEW_ROWS) * FEW_ROWS;
    Workspace own = workspaces.poll();
    Workspace w = own == null ? new Workspace() : own;
    resize(w, texts, rows);
    embed(texts, starts, w);
    Arrays.fill(w.x, tokens * width, rows * width, 0f);
    for (int i = 0; i < layers.size(); i++) {
      boolean lastFirst = firstOnly && i == layers.size() - 1;
      Layer layer = layers.get(i);
      keysAndValues(layer, rows, w);
      if (lastFirst) {
        rows = firstAttention(layer, texts, starts, rows, w);
      } else {
        attention(layer, texts, starts, rows, w);
      }
      layer.attentionOut.all(rows, w.mixed, 0, config.heads() * headWidth, w.y, 0, width);
      addAndNormalise(w, 0, rows, layer.attentionOutBias, layer.attentionNorm);
      feedForward(layer, rows, w);
    }
    float[][] out = new float[texts.size()][];
    for (int t = 0; t < out.length; t++) {
      out[t] = firstOnly ? rows(w.x, t, 1) : rows(w.x, starts[t], starts[t + 1] - starts[t]);
    }
    workspaces.add(w);
    return out;
  }

  private float[] rows(float[] x, int from, int count) {
    int hidden = config.hiddenSize();
    float[] out = new float[count * hidden];
    for (int r = 0; r < count; r++) {
      System.arraycopy(x, (from + r) * width, out, r * hidden, hidden);
    }
    return out;
  }

  private int[] starts(List<EncoderText> texts) {
    int[] starts = new int[texts.size() + 1];
    for (int t = 0; t < texts.size(); t++) {
      int length = texts.get(t).length();
      if (length < 1 || length > config.maxPositions()) {
        throw new IllegalArgumentException(
            "text of %d tokens: this encoder reads 1 to %d".formatted(length, config.maxPositions()));
      }
      starts[t + 1] = starts[t] + length;
    }
    return starts;
  }

  private void resize(Workspace w, List<EncoderText> texts, int rows) {
    int longest = 0;
    for (EncoderText text : texts) {
      longest = Math.max(longest, text.length());
    }
    int keys = strips(longest) * STRIP;
    int mixed = config.heads() * headWidth;
    w.x = Workspace.atLeast(w.x, rows * width);
    w.y = Workspace.atLeast(w.y, rows * width);
    w.queries = Workspace.atLeast(w.queries, rows * mixed);
    w.keys = Workspace.atLeast(w.keys, rows * mixed);
    w.values = Workspace.atLeast(w.values, (rows + STRIP) * mixed); // the last text's are read in whole strips
    w.mixed = Workspace.atLeast(w.mixed, rows * mixed);
    w.inner = Workspace.atLeast(w.inner, BLOCK * strips(config.intermediateSize()) * STRIP);
    w.scores = Workspace.atLeast(w.scores, longest * keys);
    w.turned = Workspace.atLeast(w.turned, keys * headWidth);
  }

  private void embed(List<EncoderText> texts, int[] starts, Workspace w) {
    int hidden = config.hiddenSize();
    for (int t = 0; t < texts.size(); t++) {
      EncoderText text = texts.get(t);
      for (int i = 0; i < text.length(); i++) {
        int token = text.tokens()[i];
        if (token < 0 || token >= config.vocabSize()) {
          throw new IllegalArgumentException("token " + token + ": this encoder has " + config.vocabSize());
        }
        if (text.types()[i] < 0 || text.types()[i] >= config.typeVocabSize()) {
          throw new IllegalArgumentException(
              "type " + text.types()[i] + " of token " + token + ": this encoder has " + config.typeVocabSize());
        }
        int at = (starts[t] + i) * width;
        int type = text.types()[i] * hidden;
        for (int d = 0; d < hidden; d++) {
          w.x[at + d] = words[token * hidden + d] + positions[i * hidden + d] + types[type + d];
        }
        embeddingNorm.apply(w.x, at);
        Arrays.fill(w.x, at + hidden, at + width, 0f);
      }
    }
  }

  /** Keys as [head][row][headWidth], values as [strip of a head][row][STRIP]. */
  private void keysAndValues(Layer layer, int rows, Workspace w) {
    byHead(layer.key, rows, w.x, w.keys);
    for (int s = 0; s < layer.value.count; s++) {
      layer.value.strip(s, rows, w.x, 0, width, w.values, s * rows * STRIP, STRIP);
    }
  }

  private void byHead(Matrix m, int rows, float[] x, float[] out) {
    int perHead = headWidth / STRIP;
    for (int s = 0; s < m.count; s++) {
      m.strip(s, rows, x, 0, width, out, s / perHead * rows * headWidth + s % perHead * STRIP, headWidth);
    }
  }

  private void attention(Layer layer, List<EncoderText> texts, int[] starts, int rows, Workspace w) {
    byHead(layer.query, rows, w.x, w.queries);
    for (int h = 0; h < config.heads(); h++) {
      Passes.add(w.queries, h * rows * headWidth, rows, headWidth, headWidth, layer.queryBias, h * headWidth);
      for (int t = 0; t < texts.size(); t++) {
        attention(h, starts[t], starts[t + 1] - starts[t], rows, w);
      }
    }
  }

  /** One head of one text. */
  private void attention(int head, int from, int length, int rows, Workspace w) {
    int keys = strips(length) * STRIP;
    int at = (head * rows + from) * headWidth;
    turn(w.keys, at, length, w.turned);
    for (int j = 0; j < keys; j += STRIP) {
      MatrixProduct.multiply(length, STRIP, headWidth, w.queries, at, headWidth, w.turned, j * headWidth, w.scores, j, keys, false);
    }
    int stride = config.heads() * headWidth;
    int out = from * stride + head * headWidth;
    float[] sums = new float[length];
    for (int i = 0; i < length; i++) {
      sums[i] = Passes.softmax(w.scores, i * keys, length, keys);
    }
    for (int s = 0; s < headWidth; s += STRIP) {
      int values = ((head * headWidth + s) / STRIP * rows + from) * STRIP;
      // Shares beyond the text's end are 0, so that values of the next one do not count.
      for (int j = 0, n; j < keys; j += n) {
        n = Integer.highestOneBit((keys - j) / STRIP) * STRIP;
        MatrixProduct.multiply(length, STRIP, n, w.scores, j, keys, w.values, values + j * STRIP, w.mixed, out + s, stride, j > 0);
      }
    }
    for (int i = 0; i < length; i++) {
      Passes.scale(w.mixed, out + i * stride, headWidth, 1 / sums[i]);
    }
  }

  /** Keys [row][headWidth] as [strip of rows][headWidth][STRIP]. */
  private void turn(float[] keys, int at, int length, float[] turned) {
    for (int i = 0; i < length; i++) {
      int to = i / STRIP * headWidth * STRIP + i % STRIP;
      for (int d = 0; d < headWidth; d++) {
        turned[to + d * STRIP] = keys[at + i * headWidth + d];
      }
    }
  }

  /**
   * Attention of each text's first token, whose rows move together at the beginning.
   *
   * @return how many rows there are now
   */
  private int firstAttention(Layer layer, List<EncoderText> texts, int[] starts, int rows, Workspace w) {
    int count = texts.size();
    for (int t = 1; t < count; t++) {
      System.arraycopy(w.x, starts[t] * width, w.x, t * width, width);
    }
    byHead(layer.query, count, w.x, w.queries);
    int stride = config.heads() * headWidth;
    for (int h = 0; h < config.heads(); h++) {
      Passes.add(w.queries, h * count * headWidth, count, headWidth, headWidth, layer.queryBias, h * headWidth);
      for (int t = 0; t < count; t++) {
        firstAttention(h, (h * count + t) * headWidth, starts[t], starts[t + 1] - starts[t], rows, t * stride + h * headWidth, w);
      }
    }
    return count;
  }

  private void firstAttention(int head, int query, int from, int length, int rows, int out, Workspace w) {
    int keys = (head * rows + from) * headWidth;
    for (int i = 0; i < length; i++) {
      float sum = 0;
      for (int d = 0; d < headWidth; d++) {
        sum += w.queries[query + d] * w.keys[keys + i * headWidth + d];
      }
      w.scores[i] = sum;
    }
    float total = Passes.softmax(w.scores, 0, length, strips(length) * STRIP);
    Arrays.fill(w.mixed, out, out + headWidth, 0f);
    for (int s = 0; s < headWidth; s += STRIP) {
      int values = ((head * headWidth + s) / STRIP * rows + from) * STRIP;
      for (int i = 0; i < length; i++) {
        float share = w.scores[i];
        for (int d = 0; d < STRIP; d++) {
          w.mixed[out + s + d] += share * w.values[values + i * STRIP + d];
        }
      }
    }
    Passes.scale(w.mixed, out, headWidth, 1 / total);
  }

  private void addAndNormalise(Workspace w, int from, int to, float[] bias, Norm norm) {
    for (int r = from; r < to; r++) {
      Passes.add(w.x, r * width, w.y, r * width, bias, config.hiddenSize());
      norm.apply(w.x, r * width);
    }
  }

  private void feedForward(Layer layer, int rows, Workspace w) {
    int inner = layer.inner.count * STRIP;
    for (int from = 0; from < rows; from += BLOCK) {
      int n = Math.min(BLOCK, rows - from);
      for (int s = 0; s < layer.inner.count; s++) {
        layer.inner.strip(s, n, w.x, from * width, width, w.inner, s * STRIP, inner);
        Passes.gelu(w.inner, s * STRIP, n, STRIP, inner, layer.innerBias, s * STRIP);
      }
      layer.out.all(n, w.inner, 0, inner, w.y, from * width, width);
      addAndNormalise(w, from, from + n, layer.outBias, layer.outNorm);
    }
  }
}
