// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.util.List;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;

/** Compares the gradients of a scalar function with central differences, in F64. */
final class FiniteDifferences {
  private static final double STEP = 1e-5;

  private FiniteDifferences() {}

  /** An input: its values, and their shape. */
  record Input(double[] values, long... shape) {
    Tensor tensor(double[] changed) {
      return Tensors.of(changed, shape);
    }
  }

  /** Checks the gradient with respect to every element of every input, within 1e-7 of the scale of the gradient. */
  static void check(Function<List<Tensor>, Tensor> loss, Input... inputs) {
    try (Scope scope = Scope.open()) {
      List<Tensor> leaves = java.util.Arrays.stream(inputs).map(i -> i.tensor(i.values()).requires_grad_(true)).toList();
      Tensor value = loss.apply(leaves);
      assertThat(DType.of(value)).isEqualTo(DType.F64);
      assertThat(value.numel()).isEqualTo(1);
      value.backward();
      for (int input = 0; input < inputs.length; input++) {
        double[] gradient = Tensors.doubles(leaves.get(input).grad());
        double[] expected = differences(loss, inputs, input);
        assertThat(gradient).usingComparatorWithPrecision(1e-7).containsExactly(expected);
        assertThat(java.util.Arrays.stream(gradient).anyMatch(g -> g != 0)).as("input %d matters", input).isTrue();
      }
    }
  }

  private static double[] differences(Function<List<Tensor>, Tensor> loss, Input[] inputs, int which) {
    double[] differences = new double[inputs[which].values().length];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = (at(loss, inputs, which, i, STEP) - at(loss, inputs, which, i, -STEP)) / (2 * STEP);
    }
    return differences;
  }

  private static double at(Function<List<Tensor>, Tensor> loss, Input[] inputs, int which, int element, double move) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      List<Tensor> moved = new java.util.ArrayList<>();
      for (int i = 0; i < inputs.length; i++) {
        double[] values = inputs[i].values().clone();
        if (i == which) {
          values[element] += move;
        }
        moved.add(inputs[i].tensor(values));
      }
      return loss.apply(moved).item_double();
    }
  }
}
