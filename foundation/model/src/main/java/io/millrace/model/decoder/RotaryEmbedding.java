// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Turns each pair (i, i + headDim/2) of a head by an angle that grows with the position, in Hugging Face's layout.
 *
 * <p>Source: Su et al. 2021, RoFormer, equation 34. Tables for all positions are kept until closed.
 */
final class RotaryEmbedding implements AutoCloseable {
  private final int half;
  private final Tensor cosines;
  private final Tensor sines;

  RotaryEmbedding(int positions, int headDim, double theta, DType dtype, Device device) {
    half = headDim / 2;
    double[] cosine = new double[positions * headDim];
    double[] sine = new double[positions * headDim];
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < half; i++) {
        double angle = p * Math.pow(theta, -2.0 * i / headDim);
        int at = p * headDim + i;
        cosine[at] = cosine[at + half] = Math.cos(angle);
        // The sign of the first half is the minus of the rotation, so that a plain roll does for rotate-half.
        sine[at] = -Math.sin(angle);
        sine[at + half] = Math.sin(angle);
      }
    }
    try (Scope _ = Scope.open()) {
      cosines = Scope.keep(device.move(Tensors.of(cosine, 1, 1, positions, headDim).to(dtype.torch(), false, true, anyFormat())));
      sines = Scope.keep(device.move(Tensors.of(sine, 1, 1, positions, headDim).to(dtype.torch(), false, true, anyFormat())));
    }
  }

  private static org.bytedeco.pytorch.MemoryFormatOptional anyFormat() {
    return new org.bytedeco.pytorch.MemoryFormatOptional();
  }

  /** Turns {@code x} of shape [batch, heads, time, headDim], whose first time step is position 0. */
  Tensor apply(Tensor x) {
    long time = x.size(2);
    Tensor rolled = torch.roll(x, new long[] {half}, new long[] {3});
    return x.mul(cosines.narrow(2, 0, time)).addcmul(rolled, sines.narrow(2, 0, time));
  }

  @Override
  public void close() {
    Scope.free(cosines);
    Scope.free(sines);
  }
}
