// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

import java.util.List;

/**
 * Causal attention with rotary positions and grouped queries.
 *
 * <p>It is a product, a softmax and a product rather than libtorch's fused attention, which is several times slower on
 * CPUs in BF16. Sources: Vaswani et al. 2017; Ainslie et al. 2023 (GQA).
 */
final class Attention {
  private final long headDim;
  private final long perGroup;
  private final RotaryEmbedding rotary;
  private final Linear qkv;
  private final Linear out;

  Attention(DecoderConfig config, String prefix, RotaryEmbedding rotary, Weights weights, Linears linears) {
    this.headDim = config.headDim();
    this.perGroup = config.heads() / config.kvHeads();
    this.rotary = rotary;
    long queries = config.heads() * headDim;
    long keys = config.kvHeads() * headDim;
    qkv = linears.linear(
        new Linears.Projection(prefix + "qkv", config.hiddenSize(), queries + 2 * keys, false, List.of(
            new Linears.Part(prefix + "q_proj", 0, queries),
            new Linears.Part(prefix + "k_proj", queries, keys),
            new Linears.Part(prefix + "v_proj", queries + keys, keys))),
        weights);
    out = linears.linear(Linears.Projection.single(prefix + "o_proj", queries, config.hiddenSize()), weights);
  }

  /**
   * What is added to the residual stream.
   *
   * @param x [batch, time, hiddenSize], normalised
   * @param mask see {@link Decoder#mask}
   */
  Tensor apply(Tensor x, Tensor mask) {
    long batch = x.size(0);
    long time = x.size(1);
    Tensor joined = qkv.apply(x);
    // As many groups as came: with tensor parallelism each process computes some of them.
    long groups = joined.size(2) / (headDim * (perGroup + 2));
    long heads = groups * perGroup;
    TensorVector parts = joined.split(new long[] {heads * headDim, groups * headDim, groups * headDim}, -1);
    Tensor q = rotary.apply(parts.get(0).view(batch, time, heads, headDim).transpose(1, 2));
    Tensor k = rotary.apply(parts.get(1).view(batch, time, groups, headDim).transpose(1, 2));
    Tensor v = parts.get(2).view(batch, time, groups, headDim).transpose(1, 2);
    // The queries of a group are stacked along time, so that one product serves all heads that share a key.
    Tensor stacked = q.reshape(batch, groups, perGroup * time, headDim).mul(new Scalar(1 / Math.sqrt(headDim)));
    Tensor scores = stacked.matmul(k.transpose(-2, -1)).view(batch, groups, perGroup, time, time).add(mask);
    Tensor seen = scores.softmax(-1).view(batch, groups, perGroup * time, time).matmul(v);
    return out.apply(seen.view(batch, heads, time, headDim).transpose(1, 2).reshape(batch, time, heads * headDim));
  }
}
