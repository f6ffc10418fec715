// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.Map;

/** One number from a hidden state, such as a reward or a value: a row of weights without bias, with its F32 master. */
final class ScalarHead implements AutoCloseable {
  private final Weights masters;
  private final Weights working;
  private final Tensor weight;

  private ScalarHead(Weights masters, String name, DType precision) {
    this.masters = masters;
    this.working = masters.as(precision);
    this.weight = working.get(name);
    working.train(_ -> true);
  }

  /**
   * A new head, that gives 0 everywhere until it has learnt.
   *
   * @param name of its tensor, such as score.weight
   * @param width of the hidden states
   */
  static ScalarHead zero(String name, int width, Device device, DType precision) {
    Weights.Slot slot = new Weights.Slot(new Weights.Start.Constant(0), 1, width);
    return new ScalarHead(Weights.create(DType.F32, device, Map.of(name, slot)), name, precision);
  }

  /** From [n, width] to [n], F32 or F64. */
  Tensor apply(Tensor hidden) {
    return SequenceBatch.exact(torch.linear(hidden, weight).squeeze(1));
  }

  /** What an optimiser changes. */
  Weights masters() {
    return masters;
  }

  /** What computes. */
  Weights working() {
    return working;
  }

  @Override
  public void close() {
    working.close();
    masters.close();
  }
}
