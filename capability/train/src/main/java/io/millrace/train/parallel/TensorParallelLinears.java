// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Linear;
import io.millrace.model.decoder.Linears;

/**
 * Matrices of which each rank has a slice: the ones that read the residual stream give each rank its own heads or inner
 * units, the ones that add to it give each rank a part of the sum. Source: Shoeybi et al. 2019, Megatron-LM, section 3.
 */
final class TensorParallelLinears implements Linears {
  private final GradientExchange slices;

  /** Over weights that {@link Sharding} cut for the ranks of that exchange. */
  TensorParallelLinears(GradientExchange slices) {
    this.slices = slices;
  }

  @Override
  public Linear linear(Projection projection, Weights weights) {
    Linear slice = Linears.PLAIN.linear(projection, weights);
    String name = projection.name();
    if (name.endsWith(".qkv") || name.endsWith(".gate_up")) {
      return x -> slice.apply(slices.copied(x));
    }
    if (name.endsWith(".o_proj") || name.endsWith(".down_proj")) {
      return x -> slices.summed(slice.apply(x));
    }
    return slice; // whole on every rank
  }
}
