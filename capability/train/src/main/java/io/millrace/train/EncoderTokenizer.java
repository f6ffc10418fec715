// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.millrace.core.json.Json;
import io.millrace.model.encoder.EncoderConfig;
import tools.jackson.databind.JsonNode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** Lays texts out as an encoder reads them: [CLS] text [SEP], or [CLS] text [SEP] second text [SEP]. */
final class EncoderTokenizer implements AutoCloseable {
  /** The usual name of its file. */
  static final String FILE = "tokenizer.json";

  private final HuggingFaceTokenizer tokenizer;
  private final int maxLength;
  private final int size;
  private final boolean lowerCase;
  private final int cls;
  private final int sep;

  /**
   * What an encoder reads.
   *
   * @param tokens with the special ones
   * @param first how many of them belong to the first text; all where there is no second
   */
  record Sequence(int[] tokens, int first) {
    int length() {
      return tokens.length;
    }
  }

  /** A tokenizer; {@code json} is the text of {@code tokenizer.json}, {@code maxLength} the longest sequence. */
  EncoderTokenizer(byte[] json, int maxLength) throws IOException {
    if (maxLength < 8) {
      throw new IllegalArgumentException("maxLength " + maxLength + ": must be at least 8 tokens");
    }
    tokenizer = HuggingFaceTokenizer.newInstance(
        new ByteArrayInputStream(json), Map.of("padding", "false", "truncation", "false"));
    this.maxLength = maxLength;
    JsonNode vocabulary = Json.tree(json).path("model").path("vocab");
    int largest = -1;
    boolean capitals = false;
    for (Map.Entry<String, JsonNode> token : vocabulary.properties()) {
      largest = Math.max(largest, token.getValue().asInt(-1));
      capitals |= !token.getKey().startsWith("[") && token.getKey().chars().anyMatch(c -> c >= 'A' && c <= 'Z');
    }
    size = largest + 1;
    // A vocabulary without capitals cannot say them; some tokenizers leave it to their users to know that.
    lowerCase = !capitals;
    long[] empty = tokenizer.encode("", true, false).getIds();
    cls = (int) empty[0];
    sep = (int) empty[empty.length - 1];
  }

  /** Refuses an encoder that has no embedding for some token, or fewer positions than sequences may have. */
  void checkFits(EncoderConfig config) {
    if (size > config.vocabSize()) {
      throw new IllegalArgumentException(
          "the tokenizer has %d tokens, the encoder embeds %d: they do not belong together".formatted(size, config.vocabSize()));
    }
    if (maxLength > config.maxPositions()) {
      throw new IllegalArgumentException(
          "maxLength %d: the encoder has %d positions".formatted(maxLength, config.maxPositions()));
    }
  }

  /** One text; what is too long is cut off. */
  Sequence text(String text) {
    int[] ids = ids(text);
    int kept = Math.min(ids.length, maxLength - 2);
    int[] tokens = new int[kept + 2];
    tokens[0] = cls;
    System.arraycopy(ids, 0, tokens, 1, kept);
    tokens[kept + 1] = sep;
    return new Sequence(tokens, tokens.length);
  }

  /** Two texts; of the longer one is cut off until both fit. */
  Sequence pair(String text, String second) {
    int[] a = ids(text);
    int[] b = ids(second);
    int room = maxLength - 3;
    int keptA = a.length;
    int keptB = b.length;
    if (keptA + keptB > room) {
      keptA = Math.min(keptA, Math.max(room / 2, room - keptB));
      keptB = Math.min(keptB, room - keptA);
    }
    int[] tokens = Arrays.copyOf(new int[] {cls}, keptA + keptB + 3);
    System.arraycopy(a, 0, tokens, 1, keptA);
    tokens[keptA + 1] = sep;
    System.arraycopy(b, 0, tokens, keptA + 2, keptB);
    tokens[tokens.length - 1] = sep;
    return new Sequence(tokens, keptA + 2);
  }

  private int[] ids(String text) {
    String plain = lowerCase ? text.toLowerCase(Locale.ROOT) : text;
    return Arrays.stream(tokenizer.encode(plain, false, false).getIds()).mapToInt(id -> (int) id).toArray();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
