// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.checkpoint;

import org.bytedeco.pytorch.Tensor;

/**
 * Hears of gradients that a backward pass by hand gives to weights: libtorch's hooks on a tensor see only what libtorch's
 * own backward pass brings.
 */
@FunctionalInterface
public interface GradientListener {
  /** Does nothing. */
  GradientListener NONE = (_, _) -> {};

  /**
   * Called as libtorch calls a hook: on the thread of the backward pass, in an open scope without recording, before
   * {@code gradient} is added to what the weight holds, which may be taken away meanwhile.
   *
   * @param weight one of the weights that record gradients
   * @param gradient in the weight's shape; it is the caller's
   */
  void arriving(Tensor weight, Tensor gradient);
}
