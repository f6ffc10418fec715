// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;

/** How surprised a decoder is by text that it has not seen: e to the mean loss per token. */
public final class Perplexity {
  private Perplexity() {}

  /**
   * The perplexity of a stream, in windows of {@code sequenceLength} without overlap.
   *
   * @param tokens documents that end with the decoder's end-of-text token
   */
  public static double of(Decoder decoder, int[] tokens, int sequenceLength) {
    int length = Math.min(sequenceLength, tokens.length - 1);
    TokenStream stream = new TokenStream(tokens, decoder.config().eosId(), length);
    int rows = Math.max(1, 2048 / length);
    double sum = 0;
    long count = 0;
    for (int window = 0; window < stream.windows(); window += rows) {
      PackedBatch batch = stream.inOrder(window, rows);
      if (batch.labels().length == 0) {
        continue;
      }
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        sum += batch.loss(decoder).item_double() * batch.labels().length;
        count += batch.labels().length;
      }
    }
    return Math.exp(sum / count);
  }
}
