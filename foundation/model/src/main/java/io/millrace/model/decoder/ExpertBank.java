// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The experts of one block at work, here or on several machines. */
@FunctionalInterface
public interface ExpertBank {
  /**
   * Lets each expert read its tokens.
   *
   * @param x [assignments, hiddenSize], sorted by expert
   * @param counts how many of them each expert has, in order
   * @return [assignments, hiddenSize], in the same order
   */
  Tensor apply(Tensor x, long[] counts);

  /**
   * Experts whose matrices are all here; each is a SwiGLU.
   *
   * @param gateUp [experts, 2·inner, hiddenSize]
   * @param down [experts, hiddenSize, inner]
   */
  static ExpertBank local(Tensor gateUp, Tensor down) {
    return (x, counts) -> {
      TensorVector inputs = x.split(counts);
      // Unbinding once makes one gradient of the whole; selecting each expert would make one for each.
      TensorVector first = gateUp.unbind(0);
      TensorVector second = down.unbind(0);
      TensorVector outputs = new TensorVector();
      for (int e = 0; e < counts.length; e++) {
        // Where nobody has tokens the first expert reads none, so that the matrices get a gradient of zeros.
        if (counts[e] > 0 || (e == 0 && x.size(0) == 0)) {
          TensorVector parts = torch.linear(inputs.get(e), first.get(e)).chunk(2, -1);
          outputs.push_back(torch.linear(torch.silu(parts.get(0)).mul(parts.get(1)), second.get(e)));
        }
      }
      return torch.cat(outputs, 0);
    };
  }
}
