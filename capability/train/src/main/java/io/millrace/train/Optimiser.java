// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import org.bytedeco.pytorch.Tensor;

import java.util.Map;
import java.util.Objects;

/**
 * Changes weights along the gradient that backward passes left in them.
 *
 * <p>Backward passes of several micro-batches, and of several processes, add up; what a step follows is their sum
 * divided by {@code weight}, the sum of the weights that the losses were multiplied by.
 */
public interface Optimiser extends AutoCloseable {
  /** The constants of one method, and its way to an optimiser. */
  sealed interface Settings permits AdamW.Settings, Muon.Settings {
    /**
     * An optimiser of those tensors of {@code working} that record gradients.
     *
     * @param masters F32 weights that steps change; may be {@code working} itself
     * @param working the weights that compute, copied from the masters after each step
     */
    Optimiser over(Weights masters, Weights working);

    /**
     * Whether the step of a number depends on that number's gradients only, and on how many dimensions its tensor has:
     * then processes may step parts of a tensor by themselves.
     */
    default boolean elementwise() {
      return false;
    }
  }

  /** Is told before the forward pass of each micro-batch, whether it is the {@code last} of its step. */
  default void beginning(boolean last) {}

  /** Is told after the backward pass of each micro-batch. */
  default void ended(boolean last) {}

  /** Is told after the last step, before anybody reads the weights. */
  default void finish() {}

  /**
   * Where in its flattened tensor each entry of {@link #state} begins, by the tensor's name, which is what follows the
   * first slash of the entry's; those that are not here are whole.
   */
  default Map<String, Long> offsets() {
    return Map.of();
  }

  /**
   * The norm of the whole gradient; needs an open scope.
   *
   * @param weight that the summed gradient is divided by
   * @throws IllegalStateException naming a trained tensor that the loss does not depend on
   */
  double gradientNorm(double weight);

  /**
   * Changes the weights and clears the gradient; needs an open scope.
   *
   * @param gradientNorm as {@link #gradientNorm} gave it, for clipping
   * @param weight that the summed gradient is divided by
   */
  void step(double learningRate, double gradientNorm, double weight);

  /** All that a checkpoint needs, by name; the tensors belong to the optimiser. */
  Map<String, Tensor> state();

  /**
   * The state of all processes, whole in that of rank 0; all processes call. Not for a state of which {@link #offsets}
   * are given.
   */
  default WholeState gather() {
    return new WholeState(state(), () -> {});
  }

  /**
   * The shape of the whole tensor of which an entry of {@link #state} is a part, for parts that are no stretch of the
   * flattened tensor.
   *
   * @param part the entry's own shape
   */
  default long[] wholeShape(String name, long[] part) {
    return part;
  }

  /**
   * Fills an entry of {@link #state} from the whole tensor of which it is a part; needs an open scope.
   *
   * @param whole of {@link #wholeShape}, F32, on the CPU
   */
  default void take(String name, Tensor whole) {
    Objects.requireNonNull(state().get(name), name).detach().copy_(whole);
  }

  /** Takes up the number of steps after {@link #state} was filled, and copies the masters to the working weights. */
  void restored(long steps);

  /** How many numbers it trains. */
  long parameters();

  @Override
  void close();
}
