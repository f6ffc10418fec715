// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Turns each pair (i, i + headDim/2) of a head by an angle that grows with the position, in Hugging Face's layout.
 *
 * <p>Source: Su et al. 2021, RoFormer, equation 34. Tables of sines and cosines are kept until closed; they grow with
 * the longest sequence seen.
 */
final class RotaryEmbedding implements AutoCloseable {
  /** Tables of that many positions at least, [1, 1, length, headDim]; the first half of the sines is negated. */
  record Tables(int length, Tensor cosines, Tensor sines) {}

  private final DecoderConfig config;
  private final DType dtype;
  private final Device device;
  private @Nullable Tables tables; // guarded by this

  RotaryEmbedding(DecoderConfig config, DType dtype, Device device) {
    this.config = config;
    this.dtype = dtype;
    this.device = device;
  }

  /**
   * Turns the heads of the last {@code x.size(2)} of {@code length} tokens.
   *
   * @param x [batch, heads, time, headDim]
   */
  Tensor apply(Tensor x, long length) {
    long time = x.size(2);
    Tables ready = tables((int) length);
    Tensor rolled = torch.roll(x, new long[] {config.headDim() / 2}, new long[] {3});
    return x.mul(ready.cosines.narrow(2, length - time, time))
        .addcmul(rolled, ready.sines.narrow(2, length - time, time));
  }

  /** Tables for sequences of that length, kept until closed or until longer ones are wanted. */
  synchronized Tables tables(int length) {
    Tables now = tables;
    // Stretching by itself means angles that depend on the length; otherwise longer tables serve shorter sequences.
    if (now != null && (dynamic(Math.max(length, now.length)) ? now.length == length : now.length >= length)) {
      return now;
    }
    close();
    int positions = dynamic(length) ? length : Math.max(64, Integer.highestOneBit(2 * length - 1));
    Tables made = make(positions);
    tables = made;
    return made;
  }

  boolean dynamic(int length) {
    return config.ropeScaling() instanceof RopeScaling.Dynamic stretched && length > stretched.trained();
  }

  private Tables make(int positions) {
    int headDim = config.headDim();
    int half = headDim / 2;
    double[] frequencies = config.ropeScaling().frequencies(headDim, config.ropeTheta(), positions);
    double factor = config.ropeScaling().attentionFactor();
    double[] cosine = new double[positions * headDim];
    double[] sine = new double[positions * headDim];
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < half; i++) {
        double angle = p * frequencies[i];
        int at = p * headDim + i;
        cosine[at] = cosine[at + half] = factor * Math.cos(angle);
        // The sign of the first half is the minus of the rotation, so that a plain roll does for rotate-half.
        sine[at] = -factor * Math.sin(angle);
        sine[at + half] = factor * Math.sin(angle);
      }
    }
    try (Scope _ = Scope.open()) {
      return new Tables(positions, table(cosine, positions), table(sine, positions));
    }
  }

  private Tensor table(double[] values, int positions) {
    return Scope.keep(device.move(Tensors.of(values, 1, 1, positions, config.headDim())
        .to(dtype.torch(), false, true, new org.bytedeco.pytorch.MemoryFormatOptional())));
  }

  @Override
  public synchronized void close() {
    if (tables != null) {
      Scope.free(tables.cosines);
      Scope.free(tables.sines);
      tables = null;
    }
  }
}
