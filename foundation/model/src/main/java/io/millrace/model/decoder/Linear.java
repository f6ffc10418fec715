// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A matrix of a decoder at work: what a block multiplies its input with. */
@FunctionalInterface
public interface Linear {
  /** From [..., inputs] to [..., outputs]. */
  Tensor apply(Tensor x);

  /**
   * The product with one matrix.
   *
   * @param weight [outputs, inputs]
   * @param bias [outputs], or null for none
   */
  static Linear of(Tensor weight, @Nullable Tensor bias) {
    return bias == null ? x -> torch.linear(x, weight) : x -> torch.linear(x, weight, bias);
  }
}
