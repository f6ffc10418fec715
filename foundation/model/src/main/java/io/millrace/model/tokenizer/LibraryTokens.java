// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import tools.jackson.databind.JsonNode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** An encoder's tokens by Hugging Face's library, for all tokenizers that are not BERT's. */
final class LibraryTokens implements EncoderTokens {

  static {
    TokenizerLibrary.prepare();
  }

  private final HuggingFaceTokenizer tokenizer;
  private final boolean lowerCase;
  private final int size;
  private final int cls;
  private final int sep;

  LibraryTokens(byte[] json, JsonNode tree) throws IOException {
    tokenizer =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(json), Map.of("padding", "false", "truncation", "false"));
    lowerCase = tree.path("model").path("vocab").isObject() && EncoderTokens.withoutCapitals(tree);
    size = Tokenizer.size(tree);
    long[] empty = tokenizer.encode("", true, false).getIds();
    if (empty.length < 2) {
      close();
      throw new IllegalArgumentException(
          "tokenizer.json puts " + empty.length + " tokens around an empty text: an encoder's puts one before and one behind");
    }
    cls = (int) empty[0];
    sep = (int) empty[empty.length - 1];
  }

  @Override
  public int[] ids(String text) {
    String plain = lowerCase ? text.toLowerCase(Locale.ROOT) : text;
    return Arrays.stream(tokenizer.encode(plain, false, false).getIds()).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public int cls() {
    return cls;
  }

  @Override
  public int sep() {
    return sep;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
