// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.FeedForward;
import io.millrace.model.decoder.Linears;

import java.util.ArrayList;
import java.util.List;

/** Which matrices a decoder has: what it asks for when it is made. */
final class Projections {
  private Projections() {}

  /** The projections within the blocks, in their order; the output layer is not among them. */
  static List<Linears.Projection> of(DecoderConfig config, Weights weights) {
    List<Linears.Projection> asked = new ArrayList<>();
    Linears recorder = (projection, all) -> {
      asked.add(projection);
      return Linears.PLAIN.linear(projection, all);
    };
    new Decoder(config, borrowed(weights), recorder, FeedForward.Factory.PLAIN).close();
    asked.removeIf(projection -> projection.name().equals("lm_head"));
    return asked;
  }

  /** The same tensors once more, to be closed on their own. */
  static Weights borrowed(Weights weights) {
    return Weights.of(weights.dtype(), weights.named());
  }
}
