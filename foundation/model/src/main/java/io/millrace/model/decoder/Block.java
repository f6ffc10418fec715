// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** One layer: attention and feed-forward, each on the normalised stream and added to it (Llama's pre-norm order). */
final class Block {
  private final RmsNorm norm1;
  private final Attention attention;
  private final RmsNorm norm2;
  private final FeedForward feedForward;

  Block(
      DecoderConfig config,
      int layer,
      RotaryEmbedding rotary,
      Weights weights,
      Linears linears,
      FeedForward.Factory feedForwards) {
    String prefix = DecoderWeights.layer(layer);
    norm1 = new RmsNorm(weights.get(prefix + DecoderWeights.NORM1), config.rmsNormEps());
    attention = new Attention(config, layer, rotary, weights, linears);
    norm2 = new RmsNorm(weights.get(prefix + DecoderWeights.NORM2), config.rmsNormEps());
    feedForward = feedForwards.feedForward(config, layer, weights, linears);
  }

  /** From [batch, time, hiddenSize] to the same; see {@link Attention#apply} for mask and cache. */
  Tensor apply(Tensor x, Tensor mask, KvCache.@Nullable Layer cache, AuxiliaryLosses auxiliary) {
    Tensor middle = x.add(attention.apply(norm1.apply(x), mask, cache));
    return middle.add(feedForward.apply(norm2.apply(middle), auxiliary));
  }
}
