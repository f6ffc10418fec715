// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.tensor.DType;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Rotates pairs of dimensions (d, d + headDim / 2) by an angle that grows with the position, as Hugging Face lays them
 * out (Su et al., RoFormer, 2021). A step's angles are computed in F64, once for all layers.
 *
 * @param half of headDim
 * @param cosines [n, 1, headDim] in F32
 * @param sines [n, 1, headDim] in F32, those of the first half negative, so that a plain roll does for the exchange of halves
 */
record TorchRotary(int half, Tensor cosines, Tensor sines) {
  /** The angles of these positions, [n] each; they belong to the open scope. */
  static TorchRotary of(int[] positions, LlamaConfig c, DeviceTensors tensors) {
    int half = c.headDim() / 2;
    double[] angles = new double[positions.length * half];
    for (int d = 0; d < half; d++) {
      double frequency = Math.pow(c.ropeTheta(), -(double) d / half);
      for (int i = 0; i < positions.length; i++) {
        angles[i * half + d] = positions[i] * frequency;
      }
    }
    Tensor one = Tensors.of(angles, positions.length, 1, half);
    Tensor sine = one.sin();
    return new TorchRotary(half,
        tensors.place(torch.cat(new TensorVector(one.cos(), one.cos()), 2), DType.F32),
        tensors.place(torch.cat(new TensorVector(sine.neg(), sine), 2), DType.F32));
  }

  /** Rotates heads [n, heads, headDim] in F32. */
  Tensor apply(Tensor x) {
    return x.mul(cosines).addcmul(torch.roll(x, new long[] {half}, new long[] {2}), sines);
  }
}
