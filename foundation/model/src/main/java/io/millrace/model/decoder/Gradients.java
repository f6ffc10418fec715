// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** Puts gradients where libtorch's own backward pass would: beside the weight, added to what is there. */
final class Gradients {
  private Gradients() {}

  /** Adds {@code output}ᵀ · {@code input}, the gradient of a matrix [outputs, inputs], unless it is frozen. */
  static void addProduct(Tensor weight, Tensor output, Tensor input) {
    if (weight.requires_grad()) {
      add(weight, output.t().matmul(input));
    }
  }

  /** Adds a vector's gradient, unless it is frozen. */
  static void addVector(Tensor weight, float[] gradient) {
    if (weight.requires_grad()) {
      add(weight, Tensors.of(gradient, gradient.length).to(DType.of(weight).torch()));
    }
  }

  private static void add(Tensor weight, Tensor gradient) {
    Tensor there = weight.mutable_grad();
    if (there.defined()) {
      there.add_(gradient);
    } else {
      there.put(gradient);
    }
  }
}
