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
 * first token's state is wanted, the others have not even keys and values. Biases of keys are left out, since softmax does not see them, and
 * those of values join the bias behind them, since shares add up to 1: both are exact but for rounding.
 */
public final class PackedEncoder {
  private static final int STRIP = Strips.WIDTH;

  /** Rows that go through a matrix at a time: enough to use a strip of it often, few enough to stay in the cache. */
  private static final int BLOCK = 192;

  /** Inner outputs of a feed-forward block at a time, whole strips: of so many rows they stay in the cache until they are read. */
  private static final int PART = 12 * STRIP;

  /** Rows are filled up to a multiple of this: products of one or two rows are slow. */
  private static final int FEW_ROWS = 8;

  private final EncoderConfig config;
  private final float[] words;
  private final float[] positions;
  private final float[] types;
  private final Norm embeddingNorm;
  private final List<Layer> layers = new ArrayList<>();
  private final List<Strips> lastKeys = new ArrayList<>(); // of each head of the last layer, turned: [hiddenSize, headWidth]
  private final int width; // of a row in memory, whole strips
  private final int headWidth;
  private final ConcurrentLinkedQueue<Workspace> workspaces = new ConcurrentLinkedQueue<>();

  private record Norm(float[] weight, float[] bias, float epsilon) {
    void apply(float[] x, int at) {
      Passes.normalise(x, at, weight, bias, epsilon);
    }
  }

  /** Queries, keys and values have a head's outputs in whole strips of their own. */
  private record Layer(
      Strips query, float[] queryBias, Strips key, Strips value, Strips attentionOut, float[] attentionOutBias, Norm attentionNorm,
      Strips inner, float[] innerBias, Strips out, float[] outBias, Norm outNorm) {}

  /** Memory of one computation; grows to what the largest so far needed. */
  private static final class Workspace {
    private float[] x = {};
    private float[] y = {};
    private float[] queries = {};
    private float[] keys = {};
    private float[] values = {};
    private float[] mixed = {};
    private float[] inner = {};
    private float[] states = {};
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
    float[] keys = tensors.floats(EncoderWeights.layer(config.layers() - 1) + EncoderWeights.attention("key") + ".weight", hidden, hidden);
    for (int h = 0; h < config.heads(); h++) {
      lastKeys.add(Strips.of(turned(keys, h), hidden, headWidth));
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
        Strips.of(byHeads(queryWeights, hidden), config.heads() * headWidth, hidden),
        byHeads(queryBias, 1),
        Strips.of(byHeads(tensors.floats(prefix + EncoderWeights.attention("key") + ".weight", hidden, hidden), hidden),
            config.heads() * headWidth, hidden),
        Strips.of(byHeads(tensors.floats(prefix + EncoderWeights.attention("value") + ".weight", hidden, hidden), hidden),
            config.heads() * headWidth, hidden),
        Strips.of(columnsByHeads(out), hidden, config.heads() * headWidth),
        outBias,
        norm(tensors, prefix + EncoderWeights.ATTENTION_NORM),
        Strips.of(tensors.floats(prefix + EncoderWeights.INNER + ".weight", inner, hidden), inner, hidden),
        filled(tensors.floats(prefix + EncoderWeights.INNER + ".bias", inner)),
        Strips.of(tensors.floats(prefix + EncoderWeights.OUT + ".weight", hidden, inner), hidden, inner),
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

  /** A head's weights [headDim, hiddenSize] as [hiddenSize, headWidth]. */
  private float[] turned(float[] weights, int head) {
    int hidden = config.hiddenSize();
    float[] out = new float[hidden * headWidth];
    for (int d = 0; d < config.headDim(); d++) {
      for (int i = 0; i < hidden; i++) {
        out[i * headWidth + d] = weights[(head * config.headDim() + d) * hidden + i];
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
      if (lastFirst) {
        rows = texts.size();
        firstAttention(layer, starts, w);
      } else {
        attention(layer, texts, starts, rows, w);
      }
      product(layer.attentionOut, rows, w.mixed, config.heads() * headWidth, w.y, width / STRIP);
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
    w.inner = Workspace.atLeast(w.inner, Math.max(BLOCK * PART, keys * STRIP));
    w.states = Workspace.atLeast(w.states, config.heads() * texts.size() * width);
    w.scores = Workspace.atLeast(w.scores, longest * keys);
    w.turned = Workspace.atLeast(w.turned, Math.max(keys * headWidth, width * STRIP));
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

  private void attention(Layer layer, List<EncoderText> texts, int[] starts, int rows, Workspace w) {
    int perHead = headWidth / STRIP;
    product(layer.query, rows, w.x, width, w.queries, perHead); // [head][row][headWidth]
    product(layer.key, rows, w.x, width, w.keys, perHead);
    product(layer.value, rows, w.x, width, w.values, 1); // [strip of a head][row][STRIP]
    for (int h = 0; h < config.heads(); h++) {
      Passes.add(w.queries, h * rows * headWidth, rows, headWidth, headWidth, layer.queryBias, h * headWidth);
      for (int t = 0; t < texts.size(); t++) {
        attention(h, starts[t], starts[t + 1] - starts[t], rows, w);
      }
    }
  }

  /**
   * Products of all rows.
   *
   * @param stride of x
   * @param together strips that stand beside each other in a row of the result: [count / together][row][together · STRIP]
   */
  private void product(Strips m, int rows, float[] x, int stride, float[] out, int together) {
    int outStride = together * STRIP;
    for (int from = 0; from < rows; from += BLOCK) {
      int n = Math.min(BLOCK, rows - from);
      for (int s = 0; s < m.count(); s++) {
        m.multiply(s, n, x, from * stride, stride, out, (s / together * rows + from) * outStride + s % together * STRIP, outStride);
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
   * Attention of each text's first token, whose rows then stand at the beginning. One query a text has no use for keys and values of
   * all tokens: q · (K x) is (Kᵀ q) · x, and a mixture of V x is V times the mixture of x.
   */
  private void firstAttention(Layer layer, int[] starts, Workspace w) {
    int count = starts.length - 1;
    for (int t = 0; t < count; t++) {
      System.arraycopy(w.x, starts[t] * width, w.y, t * width, width);
    }
    int perHead = headWidth / STRIP;
    product(layer.query, count, w.y, width, w.queries, perHead);
    for (int h = 0; h < config.heads(); h++) {
      int queries = h * count * headWidth;
      Passes.add(w.queries, queries, count, headWidth, headWidth, layer.queryBias, h * headWidth);
      Strips keys = lastKeys.get(h);
      for (int s = 0; s < keys.count(); s++) {
        keys.multiply(s, count, w.queries, queries, headWidth, w.states, h * count * width + s * STRIP, width);
      }
    }
    for (int t = 0; t < count; t++) {
      firstAttention(t, count, starts[t], starts[t + 1] - starts[t], w);
    }
    int stride = config.heads() * headWidth;
    for (int s = 0; s < layer.value.count(); s++) {
      layer.value.multiply(s, count, w.states, s / perHead * count * width, width, w.mixed, s * STRIP, stride);
    }
    System.arraycopy(w.y, 0, w.x, 0, count * width);
  }

  /** Of one text, for all heads: {@code w.states} are [head][text][width], what queries look for before and what they have found after. */
  private void firstAttention(int text, int count, int from, int length, Workspace w) {
    int keys = strips(length) * STRIP;
    for (int first = 0; first < config.heads(); first += STRIP) {
      int heads = Math.min(STRIP, config.heads() - first);
      for (int h = 0; h < heads; h++) {
        int at = ((first + h) * count + text) * width;
        for (int d = 0; d < width; d++) {
          w.turned[d * STRIP + h] = w.states[at + d];
        }
      }
      MatrixProduct.multiply(length, STRIP, width, w.x, from * width, width, w.turned, 0, w.inner, 0, STRIP, false);
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < length; i++) {
          w.scores[i] = w.inner[i * STRIP + h];
        }
        float total = Passes.softmax(w.scores, 0, length, keys);
        int at = ((first + h) * count + text) * width;
        Arrays.fill(w.states, at, at + width, 0f);
        for (int i = 0; i < length; i++) {
          float share = w.scores[i] / total;
          for (int d = 0; d < width; d++) {
            w.states[at + d] += share * w.x[(from + i) * width + d];
          }
        }
      }
    }
  }

  private void addAndNormalise(Workspace w, int from, int to, float[] bias, Norm norm) {
    for (int r = from; r < to; r++) {
      Passes.add(w.x, r * width, w.y, r * width, bias, config.hiddenSize());
      norm.apply(w.x, r * width);
    }
  }

  /** By parts of the inner outputs, which stay in the cache between both products. */
  private void feedForward(Layer layer, int rows, Workspace w) {
    for (int from = 0; from < rows; from += BLOCK) {
      int n = Math.min(BLOCK, rows - from);
      for (int part = 0; part < layer.out.depth(); part += PART) {
        int strips = Math.min(PART / STRIP, layer.inner.count() - part / STRIP);
        int wide = strips * STRIP;
        for (int s = 0; s < strips; s++) {
          layer.inner.multiply(part / STRIP + s, n, w.x, from * width, width, w.inner, s * STRIP, wide);
        }
        Passes.gelu(w.inner, 0, n, wide, wide, layer.innerBias, part);
        for (int s = 0; s < layer.out.count(); s++) {
          layer.out.multiply(s, part, Math.min(part + wide, layer.out.depth()), n, w.inner, 0, wide, w.y, from * width + s * STRIP, width);
        }
      }
      addAndNormalise(w, from, from + n, layer.outBias, layer.outNorm);
    }
  }
}
