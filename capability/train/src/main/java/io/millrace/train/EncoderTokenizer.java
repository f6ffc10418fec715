// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.encoder.EncoderConfig;
import io.millrace.model.encoder.EncoderText;
import io.millrace.model.encoder.PairLayout;
import io.millrace.model.tokenizer.EncoderTokens;

import java.io.IOException;

/** Lays texts out as an encoder reads them: [CLS] text [SEP], or [CLS] text [SEP] second text [SEP]. */
final class EncoderTokenizer implements AutoCloseable {
  private final EncoderTokens tokens;
  private final int maxLength;

  /** A tokenizer; {@code json} is the text of {@code tokenizer.json}, {@code maxLength} the longest sequence. */
  EncoderTokenizer(byte[] json, int maxLength) throws IOException {
    if (maxLength < 8) {
      throw new IllegalArgumentException("maxLength " + maxLength + ": must be at least 8 tokens");
    }
    this.tokens = EncoderTokens.of(json);
    this.maxLength = maxLength;
  }

  /** Refuses an encoder that has no embedding for some token, or fewer positions than sequences may have. */
  void checkFits(EncoderConfig config) {
    if (tokens.size() > config.vocabSize()) {
      throw new IllegalArgumentException(
          "the tokenizer has %d tokens, the encoder embeds %d: they do not belong together".formatted(tokens.size(), config.vocabSize()));
    }
    if (maxLength > config.maxPositions()) {
      throw new IllegalArgumentException(
          "maxLength %d: the encoder has %d positions".formatted(maxLength, config.maxPositions()));
    }
  }

  /** One text; what is too long is cut off. */
  EncoderText text(String text) {
    return EncoderText.alone(tokens.ids(text), maxLength, tokens.cls(), tokens.sep());
  }

  /** Two texts; of the longer one is cut off until both fit. */
  EncoderText pair(String text, String second) {
    return pair(text, second, PairLayout.PLAIN);
  }

  /** Two texts; what is too long is left out. */
  EncoderText pair(String text, String second, PairLayout layout) {
    return layout.of(tokens.ids(text), tokens.ids(second), maxLength, tokens.cls(), tokens.sep());
  }

  @Override
  public void close() {
    tokens.close();
  }
}
