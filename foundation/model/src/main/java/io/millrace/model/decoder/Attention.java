// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Causal attention with rotary positions and grouped queries.
 *
 * <p>It is a product, a softmax and a product rather than libtorch's fused attention, which is several times slower on
 * CPUs in BF16. Sources: Vaswani et al. 2017; Ainslie et al. 2023 (GQA); Dehghani et al. 2023 (QK norm).
 */
final class Attention {
  private final long headDim;
  private final long perGroup;
  private final RotaryEmbedding rotary;
  private final Linear qkv;
  private final @Nullable RmsNorm qNorm;
  private final @Nullable RmsNorm kNorm;
  private final Linear out;

  Attention(DecoderConfig config, int layer, RotaryEmbedding rotary, Weights weights, Linears linears) {
    this.headDim = config.headDim();
    this.perGroup = config.heads() / config.kvHeads();
    this.rotary = rotary;
    String prefix = DecoderWeights.layer(layer);
    String name = prefix + "self_attn.";
    long queries = config.heads() * headDim;
    long keys = config.kvHeads() * headDim;
    qkv = linears.linear(
        new Linears.Projection(name + "qkv", config.hiddenSize(), queries + 2 * keys, config.family().qkvBias(), List.of(
            new Linears.Part(name + "q_proj", 0, queries),
            new Linears.Part(name + "k_proj", queries, keys),
            new Linears.Part(name + "v_proj", queries + keys, keys))),
        weights);
    out = linears.linear(Linears.Projection.single(name + "o_proj", queries, config.hiddenSize()), weights);
    boolean normed = config.family().qkNorm();
    qNorm = normed ? new RmsNorm(weights.get(prefix + DecoderWeights.Q_NORM), config.rmsNormEps()) : null;
    kNorm = normed ? new RmsNorm(weights.get(prefix + DecoderWeights.K_NORM), config.rmsNormEps()) : null;
  }

  /**
   * What is added to the residual stream.
   *
   * @param x [batch, time, hiddenSize], normalised
   * @param mask [batch, 1, 1, time, all], see {@link Decoder#mask}
   * @param cache keys and values of the tokens before, which the new ones join; null if there are none before
   */
  Tensor apply(Tensor x, Tensor mask, KvCache.@Nullable Layer cache) {
    long batch = x.size(0);
    long time = x.size(1);
    long all = mask.size(4);
    Tensor joined = qkv.apply(x);
    // As many groups as came: with tensor parallelism each process computes some of them.
    long groups = joined.size(2) / (headDim * (perGroup + 2));
    long heads = groups * perGroup;
    TensorVector parts = joined.split(new long[] {heads * headDim, groups * headDim, groups * headDim}, -1);
    Tensor q = rotated(parts.get(0).view(batch, time, heads, headDim), qNorm, all);
    Tensor k = rotated(parts.get(1).view(batch, time, groups, headDim), kNorm, all);
    Tensor v = parts.get(2).view(batch, time, groups, headDim).transpose(1, 2);
    if (cache != null) {
      cache.append(k, v);
      k = cache.keys(time);
      v = cache.values(time);
    }
    // The queries of a group are stacked along time, so that one product serves all heads that share a key.
    Tensor stacked = q.reshape(batch, groups, perGroup * time, headDim).mul(new Scalar(1 / Math.sqrt(headDim)));
    Tensor scores = stacked.matmul(k.transpose(-2, -1)).view(batch, groups, perGroup, time, all).add(mask);
    Tensor seen = scores.softmax(-1).view(batch, groups, perGroup * time, all).matmul(v);
    return out.apply(seen.view(batch, heads, time, headDim).transpose(1, 2).reshape(batch, time, heads * headDim));
  }

  private Tensor rotated(Tensor heads, @Nullable RmsNorm norm, long length) {
    return rotary.apply((norm == null ? heads : norm.apply(heads)).transpose(1, 2), length);
  }
}
