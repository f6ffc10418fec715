// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import java.util.Arrays;

/**
 * What an encoder reads at a time.
 *
 * @param tokens with the special ones, at least one and at most {@link EncoderConfig#maxPositions()}
 * @param types one a token, below {@link EncoderConfig#typeVocabSize()}: 0 for a text alone, 1 for the second one of a pair, or what a
 *     {@link PairLayout} says
 */
public record EncoderText(int[] tokens, int[] types) {

  /** Checks that each token has a type. */
  public EncoderText {
    if (types.length != tokens.length) {
      throw new IllegalArgumentException("%d types for %d tokens: each token has one".formatted(types.length, tokens.length));
    }
  }

  /** A text alone. */
  public EncoderText(int[] tokens) {
    this(tokens, new int[tokens.length]);
  }

  /**
   * A text by itself: [CLS] text [SEP].
   *
   * @param ids its tokens, without special ones
   * @param longest tokens with special ones, beyond which it is cut off
   */
  public static EncoderText alone(int[] ids, int longest, int cls, int sep) {
    int kept = Math.min(ids.length, longest - 2);
    int[] tokens = new int[kept + 2];
    tokens[0] = cls;
    System.arraycopy(ids, 0, tokens, 1, kept);
    tokens[kept + 1] = sep;
    return new EncoderText(tokens);
  }

  /**
   * A pair of texts.
   *
   * @param second where the second one begins
   */
  public static EncoderText pair(int[] tokens, int second) {
    int[] types = new int[tokens.length];
    Arrays.fill(types, second, tokens.length, 1);
    return new EncoderText(tokens, types);
  }

  /** How many tokens. */
  public int length() {
    return tokens.length;
  }
}
