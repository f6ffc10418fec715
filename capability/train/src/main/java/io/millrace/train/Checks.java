// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.encoder.EncoderConfig;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.stream.Stream;
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

  /** A number that tells items from others, each given as its own text, and how many there are. */
  static String print(Stream<String> items) {
    CRC32 crc = new CRC32();
    long[] count = {0};
    items.forEach(item -> {
      crc.update(item.getBytes(StandardCharsets.UTF_8));
      count[0]++;
    });
    return count[0] + " items, " + Long.toHexString(crc.getValue());
  }

  /** Refuses data of which there is too little to learn anything. */
  static void enough(int found, int least, String what) {
    if (found < least) {
      throw new IllegalArgumentException(
          "%d %s: at least %d are needed to learn anything; some hundreds give a result".formatted(found, what, least));
    }
  }

  /**
   * The first layer that learns, -1 for the embeddings too.
   *
   * @param lastLayers how many of the last learn; 0 for all
   */
  static int firstLayer(int lastLayers, EncoderConfig encoder) {
    if (lastLayers > encoder.layers()) {
      throw new IllegalArgumentException("lastLayers %d: the encoder has %d".formatted(lastLayers, encoder.layers()));
    }
    return lastLayers == 0 ? -1 : encoder.layers() - lastLayers;
  }
}
