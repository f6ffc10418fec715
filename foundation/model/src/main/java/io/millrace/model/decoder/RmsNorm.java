// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Divides by the root of the mean square along the last dimension. Source: Zhang and Sennrich 2019.
 *
 * @param weight factor of each element
 * @param eps added to the mean square
 */
record RmsNorm(Tensor weight, double eps) {
  Tensor apply(Tensor x) {
    return torch.rms_norm(x, new long[] {weight.size(0)}, new TensorOptional(weight), new DoubleOptional(eps));
  }
}
