// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.List;

/** The dense feed-forward: down(silu(gate(x)) · up(x)). Source: Shazeer 2020, GLU Variants Improve Transformer. */
final class SwiGlu implements FeedForward {
  private final Linear gateUp;
  private final Linear down;

  /** Reads its matrices under {@code prefix}, such as {@code model.layers.0.mlp.}. */
  SwiGlu(DecoderConfig config, String prefix, long inner, Weights weights, Linears linears) {
    gateUp = linears.linear(
        new Linears.Projection(prefix + "gate_up", config.hiddenSize(), 2 * inner, false, List.of(
            new Linears.Part(prefix + "gate_proj", 0, inner), new Linears.Part(prefix + "up_proj", inner, inner))),
        weights);
    down = linears.linear(Linears.Projection.single(prefix + "down_proj", inner, config.hiddenSize()), weights);
  }

  @Override
  public Tensor apply(Tensor x, AuxiliaryLosses auxiliary) {
    return apply(x);
  }

  Tensor apply(Tensor x) {
    TensorVector parts = gateUp.apply(x).chunk(2, -1);
    return down.apply(torch.silu(parts.get(0)).mul(parts.get(1)));
  }
}
