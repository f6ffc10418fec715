// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.kernel.RmsNormKernel;
import io.millrace.tensor.kernel.SwiGluKernel;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a dense decoder in BF16, forward and backward by hand: the same mathematics as {@link Block}.
 *
 * <p>What it adds to the stream last is left to the norm that follows, which adds and normalises in one pass.
 */
final class FusedBlock {
  private final Tensor norm1;
  private final Tensor qkv;
  private final Tensor out;
  private final Tensor norm2;
  private final Tensor gateUp;
  private final Tensor down;
  private final double eps;

  /** What a forward pass leaves to the backward pass beside the buffers. */
  record Kept(Tensor x, float[] factors1, float[] factors2) {}

  FusedBlock(DecoderConfig config, int layer, Weights weights) {
    String prefix = DecoderWeights.layer(layer);
    norm1 = weights.get(prefix + DecoderWeights.NORM1);
    qkv = weights.get(prefix + DecoderWeights.QKV);
    out = weights.get(prefix + DecoderWeights.OUT);
    norm2 = weights.get(prefix + DecoderWeights.NORM2);
    gateUp = weights.get(prefix + DecoderWeights.GATE_UP);
    down = weights.get(prefix + DecoderWeights.DOWN);
    eps = config.rmsNormEps();
  }

  /**
   * Computes the layer.
   *
   * @param x the stream, [tokens, hiddenSize]
   * @param added what the layer before adds to it; null at the first, or if {@code sum} holds the sum already
   * @param sum takes the stream with that; the layer keeps it
   * @param kept takes the activations, under {@code name}
   * @return the stream before this layer's own last addition, in {@code kept}; what is to be added is {@link #last}
   */
  Kept forward(Tensor x, @Nullable Tensor added, Tensor sum, FusedAttention attention, Buffers kept, Buffers passing, String name) {
    long tokens = x.size(0);
    long width = x.size(1);
    Tensor stream = added == null ? x : sum;
    Tensor n1 = kept.get(name + "n1", tokens, width);
    float[] factors1 = RmsNormKernel.forward(x, added, added == null ? null : sum, norm1, eps, n1);
    Tensor joined = passing.get("joined", tokens, qkv.size(0));
    torch.mm_out(joined, n1, qkv.t());
    Tensor heads = attention.forward(joined, kept, passing, name);
    Tensor attended = passing.get("attended", tokens, width);
    torch.mm_out(attended, heads, out.t());
    Tensor middle = kept.get(name + "middle", tokens, width);
    Tensor n2 = kept.get(name + "n2", tokens, width);
    float[] factors2 = RmsNormKernel.forward(stream, attended, middle, norm2, eps, n2);
    Tensor gu = kept.get(name + "gu", tokens, gateUp.size(0));
    torch.mm_out(gu, n2, gateUp.t());
    SwiGluKernel.forward(gu, kept.get(name + "h", tokens, gateUp.size(0) / 2));
    return new Kept(stream, factors1, factors2);
  }

  /** The stream before the layer's last addition. */
  Tensor middle(Kept layer, Buffers kept, String name) {
    return kept.get(name + "middle", layer.x.size(0), layer.x.size(1));
  }

  /** What the layer adds to it. */
  Tensor last(Kept layer, Buffers kept, Buffers passing, String name) {
    long tokens = layer.x.size(0);
    Tensor added = passing.get("added", tokens, layer.x.size(1));
    torch.mm_out(added, kept.get(name + "h", tokens, gateUp.size(0) / 2), down.t());
    return added;
  }

  /**
   * Adds the gradients of the layer's weights, and turns the gradient at its output into that at its input.
   *
   * @param stream the gradient, [tokens, hiddenSize], changed in place
   * @param gradients takes those of the weights
   */
  void backward(
      Tensor stream, Kept layer, FusedAttention attention, Buffers kept, Buffers passing, String name, Gradients gradients) {
    long tokens = stream.size(0);
    long width = stream.size(1);
    Tensor h = kept.get(name + "h", tokens, gateUp.size(0) / 2);
    Tensor gu = kept.get(name + "gu", tokens, gateUp.size(0));
    Tensor n1 = kept.get(name + "n1", tokens, width);
    Tensor n2 = kept.get(name + "n2", tokens, width);
    Tensor heads = kept.get(name + "o", tokens, out.size(1));
    gradients.addProduct(down, stream, h);
    torch.mm_out(h, stream, down); // from here on the gradient of h
    SwiGluKernel.backward(h, gu);
    gradients.addProduct(gateUp, gu, n2);
    torch.mm_out(n2, gu, gateUp);
    gradients.addVector(norm2, RmsNormKernel.backward(
        n2, middle(layer, kept, name), norm2, layer.factors2, stream, stream));
    gradients.addProduct(out, stream, heads);
    torch.mm_out(heads, stream, out);
    Tensor joined = passing.get("joined", tokens, qkv.size(0));
    attention.backward(heads, joined, kept, passing, name);
    gradients.addProduct(qkv, joined, n1);
    torch.mm_out(n1, joined, qkv);
    gradients.addVector(norm1, RmsNormKernel.backward(n1, layer.x, norm1, layer.factors1, stream, stream));
  }
}
