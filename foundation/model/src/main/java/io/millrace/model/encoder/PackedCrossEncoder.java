// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import io.millrace.model.tokenizer.EncoderTokens;
import io.millrace.model.tokenizer.WordPiece;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Says how relevant passages are to a question by reading both together (Nogueira and Cho 2019): a {@link PackedEncoder} with the pooler
 * and the one label of a BertForSequenceClassification. Computes on the caller's thread; safe for use by several threads.
 */
public final class PackedCrossEncoder {
  /** Texts are cut to this many characters before they become tokens. */
  private static final int LONGEST_CHARACTERS = 16_384;

  /** Tokens of one computation: what is between its steps stays in the processor's caches. */
  private static final int TOKENS_AT_A_TIME = 512;

  private static final String PREFIX = "bert.";

  private final PackedEncoder encoder;
  private final WordPiece tokenizer;
  private final CrossEncoderSettings settings;
  private final float[] pooler;
  private final float[] poolerBias;
  private final float[] head;
  private final float headBias;

  private PackedCrossEncoder(
      PackedEncoder encoder, WordPiece tokenizer, CrossEncoderSettings settings, float[] pooler, float[] poolerBias, float[] head,
      float headBias) {
    this.encoder = encoder;
    this.tokenizer = tokenizer;
    this.settings = settings;
    this.pooler = pooler;
    this.poolerBias = poolerBias;
    this.head = head;
    this.headBias = headBias;
  }

  /**
   * Reads a folder with its {@code tokenizer.json} and {@value CrossEncoderSettings#FILE}.
   *
   * @throws IllegalArgumentException when it holds something else, with the remedy
   */
  public static PackedCrossEncoder read(Path folder) throws IOException {
    CrossEncoderSettings settings = CrossEncoderSettings.read(folder);
    WordPiece tokenizer = WordPiece.of(Files.readAllBytes(folder.resolve(EncoderTokens.FILE)));
    try (TensorSource source = TensorSource.openFolder(folder)) {
      PackedEncoder encoder = PackedEncoder.of(EncoderTensors.ofFolder(folder, source, PREFIX));
      int hidden = encoder.config().hiddenSize();
      return new PackedCrossEncoder(
          encoder, tokenizer, settings, floats(source, PREFIX + "pooler.dense.weight", hidden, hidden),
          floats(source, PREFIX + "pooler.dense.bias", hidden), floats(source, "classifier.weight", 1, hidden),
          floats(source, "classifier.bias", 1)[0]);
    }
  }

  private static float[] floats(TensorSource source, String name, int... shape) {
    TensorView view = source.tensor(name);
    long[] expected = Arrays.stream(shape).asLongStream().toArray();
    if (!Arrays.equals(view.shape(), expected)) {
      throw new IllegalArgumentException(
          "%s: tensor %s: expected shape %s, found %s: a re-ranker has one label"
              .formatted(source.path(), name, Arrays.toString(expected), Arrays.toString(view.shape())));
    }
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = view.floatAt(i);
    }
    return values;
  }

  /** How it reads pairs. */
  public CrossEncoderSettings settings() {
    return settings;
  }

  /** The shape of its encoder. */
  public EncoderConfig config() {
    return encoder.config();
  }

  /** Returns the relevance of each passage, as log-odds; only comparisons within one question are meant. */
  public double[] scores(String question, List<String> passages) {
    int[] asked = tokenizer.ids(cut(question));
    List<EncoderText> pairs = new ArrayList<>(passages.size());
    for (String passage : passages) {
      pairs.add(settings.layout().of(asked, tokenizer.ids(cut(passage)), settings.maxLength(), tokenizer.cls(), tokenizer.sep()));
    }
    double[] scores = new double[pairs.size()];
    for (int from = 0, to; from < pairs.size(); from = to) {
      int tokens = pairs.get(from).length();
      for (to = from + 1; to < pairs.size() && tokens + pairs.get(to).length() <= TOKENS_AT_A_TIME; to++) {
        tokens += pairs.get(to).length();
      }
      float[][] states = encoder.firstStates(pairs.subList(from, to));
      for (int i = 0; i < states.length; i++) {
        scores[from + i] = score(states[i]);
      }
    }
    return scores;
  }

  private double score(float[] state) {
    double score = headBias;
    for (int o = 0; o < state.length; o++) {
      double sum = poolerBias[o];
      for (int i = 0; i < state.length; i++) {
        sum += pooler[o * state.length + i] * state[i];
      }
      score += head[o] * Math.tanh(sum);
    }
    return score;
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_CHARACTERS ? text : text.substring(0, LONGEST_CHARACTERS);
  }
}
