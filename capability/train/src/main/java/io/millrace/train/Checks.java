// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.DecoderConfig;

import java.util.Collection;
import java.util.zip.CRC32;

/** What must fit before work begins. */
final class Checks {
  private Checks() {}

  /** Refuses rows that are longer than the model's context. */
  static void fits(int sequenceLength, DecoderConfig model) {
    if (sequenceLength > model.maxPositions()) {
      throw new IllegalArgumentException(
          "sequenceLength %d: the model has %d positions".formatted(sequenceLength, model.maxPositions()));
    }
  }

  /** Refuses tokens that the model has no embedding for: then the tokenizer is not the model's. */
  static void tokens(Collection<Example> examples, DecoderConfig model) {
    for (Example example : examples) {
      for (int token : example.tokens()) {
        if (token < 0 || token >= model.vocabSize()) {
          throw new IllegalArgumentException(
              "token %d, but the model has %d: its tokenizer is another one".formatted(token, model.vocabSize()));
        }
      }
    }
  }

  /** A number that tells examples from others, so that a resumed run is one on the same data. */
  static String fingerprint(Collection<Example> examples) {
    CRC32 crc = new CRC32();
    for (Example example : examples) {
      for (int i = 0; i < example.length(); i++) {
        int token = example.tokens()[i];
        crc.update(new byte[] {(byte) token, (byte) (token >> 8), (byte) (token >> 16), (byte) (example.learnt()[i] ? 1 : 0)});
      }
    }
    return examples.size() + " examples, " + Long.toHexString(crc.getValue());
  }
}
