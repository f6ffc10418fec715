// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.AdapterFolder.Target;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Matrices that multiply the same input, one below the other, so that one product serves them all.
 *
 * @param parts the model's matrices, in order
 * @param weight [rows of all parts, columns]
 * @param bias [rows of all parts], or null for none
 */
record TorchProjection(List<Target> parts, Tensor weight, @Nullable Tensor bias) {
  /** Reads matrices that are named without {@code .weight}, and their biases where there are some. */
  static TorchProjection read(DeviceTensors tensors, TensorSource source, Target... named) {
    List<Target> parts = java.util.Arrays.stream(named)
        .map(t -> new Target(t.name() + ".weight", t.rows(), t.columns())).toList();
    float[] bias = new float[parts.stream().mapToInt(Target::rows).sum()];
    boolean biased = false;
    int at = 0;
    for (Target t : named) {
      TensorView view = source.find(t.name() + ".bias").orElse(null);
      if (view != null) {
        System.arraycopy(view.requireShape(t.rows()).toFloats(), 0, bias, at, t.rows());
        biased = true;
      }
      at += t.rows();
    }
    return new TorchProjection(parts, tensors.matrices(source, parts),
        biased ? tensors.of(tensors.dtype(), bias, bias.length) : null);
  }

  /** The products, [n, columns] to [n, rows of all parts], with what the rows' adapters add. */
  Tensor apply(Tensor x, List<TorchAdapter.Run> adapters) {
    Tensor y = bias == null ? torch.linear(x, weight) : torch.linear(x, weight, bias);
    for (TorchAdapter.Run run : adapters) {
      Tensor in = x.narrow(0, run.from(), run.size());
      int at = 0;
      for (Target part : parts) {
        TorchAdapter.Pair pair = run.adapter().pair(part.name());
        if (pair != null) {
          y.narrow(0, run.from(), run.size()).narrow(1, at, part.rows()).add_(pair.apply(in));
        }
        at += part.rows();
      }
    }
    return y;
  }
}
