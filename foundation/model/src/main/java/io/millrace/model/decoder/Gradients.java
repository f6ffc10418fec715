// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.GradientListener;
import io.millrace.tensor.DType;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Puts gradients where libtorch's own backward pass would, beside the weight, added to what is there, and announces each.
 *
 * @param listener hears of each gradient before it is added
 */
record Gradients(GradientListener listener) {
  /** Adds {@code output}ᵀ · {@code input}, the gradient of a matrix [outputs, inputs], unless it is frozen. */
  void addProduct(Tensor weight, Tensor output, Tensor input) {
    if (weight.requires_grad()) {
      add(weight, output.t().matmul(input));
    }
  }

  /** Adds a vector's gradient, unless it is frozen. */
  void addVector(Tensor weight, float[] gradient) {
    if (weight.requires_grad()) {
      add(weight, Tensors.of(gradient, gradient.length).to(DType.of(weight).torch()));
    }
  }

  private void add(Tensor weight, Tensor gradient) {
    listener.arriving(weight, gradient);
    // Looked up only now, since the listener may have sent away what was there.
    Tensor there = weight.mutable_grad();
    if (there.defined()) {
      there.add_(gradient);
    } else {
      there.put(gradient);
    }
  }
}
