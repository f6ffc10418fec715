// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.training;

import io.millrace.model.decoder.DecoderConfig;

import java.util.Random;

/**
 * A decoder and the batches it is trained on.
 *
 * @param model its shape, with tied embeddings: each parameter then takes part in the products of each token
 * @param length tokens of a row
 * @param rows of a step
 */
record Workload(DecoderConfig model, int length, int rows) {
  private static final int VOCABULARY = 8192;
  private static final int END = 0;

  /** A Llama with heads of 64, a key-value head for every three query heads, and the usual inner width. */
  static Workload llama(int width, int layers, int length, int rows) {
    int heads = width / 64;
    int inner = (width * 8 / 3 + 63) / 64 * 64;
    return new Workload(
        new DecoderConfig(VOCABULARY, width, inner, layers, heads, heads / 3, 64, length, 10_000, 1e-5, true, END, END, END),
        length, rows);
  }

  /** For the key {@code case}: {@code 13M-seq256}. */
  String label() {
    return Math.round(model.parameters() / 1e6) + "M-seq" + length;
  }

  int tokens() {
    return length * rows;
  }

  /** Floating-point operations of a token's forward and backward pass through the matrices: 6 for each parameter. */
  double matrixFlops() {
    return 6.0 * model.parameters();
  }

  /**
   * Floating-point operations of a token's attention, forward and backward: 12 · width · tokens seen in each layer, of
   * which there are length / 2 on average.
   */
  double attentionFlops() {
    return 12.0 * model.heads() * model.headDim() * model.layers() * (length / 2.0);
  }

  /** Text of random words: documents of about 200 tokens, frequencies falling as in language. Same seed, same text. */
  static int[] text(int tokens, long seed) {
    Random random = new Random(seed);
    int[] text = new int[tokens];
    for (int i = 0; i < tokens; i++) {
      text[i] = random.nextInt(200) == 0 ? END : (int) Math.pow(VOCABULARY, random.nextDouble());
    }
    text[tokens - 1] = END;
    return text;
  }
}
