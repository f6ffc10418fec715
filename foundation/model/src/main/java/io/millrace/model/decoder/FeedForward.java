// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import org.bytedeco.pytorch.Tensor;

/** The second half of a block, which looks at each token alone. */
@FunctionalInterface
public interface FeedForward {
  /**
   * What is added to the residual stream.
   *
   * @param x [batch, time, hiddenSize], normalised
   * @param auxiliary takes losses besides that of prediction, and counts
   * @return [batch, time, hiddenSize]
   */
  Tensor apply(Tensor x, AuxiliaryLosses auxiliary);

  /** How a decoder gets the feed-forward of each of its blocks. */
  @FunctionalInterface
  interface Factory {
    /** What the configuration asks for, computed here. */
    Factory PLAIN = (config, layer, weights, linears) -> {
      Experts experts = config.expertsAt(layer);
      return experts == null
          ? new SwiGlu(config, DecoderWeights.layer(layer) + "mlp.", config.intermediateSize(), weights, linears)
          : MixtureOfExperts.of(config, layer, experts, weights, linears);
    };

    /** The feed-forward of block {@code layer}, from 0. */
    FeedForward feedForward(DecoderConfig config, int layer, Weights weights, Linears linears);
  }
}
