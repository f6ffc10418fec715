// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How frozen matrices are stored while an adapter learns; they are turned into numbers again where they multiply. */
public enum Quantisation {
  /** As they are, in the number format that computes. */
  NONE(0) {
    @Override
    Stored store(Tensor weight) {
      throw new IllegalStateException("matrices that are not quantised are kept as they are");
    }

    @Override
    Tensor restore(Tensor codes, Tensor scales, long rows, long columns, DType dtype) {
      throw new IllegalStateException("matrices that are not quantised are used as they are");
    }
  },
  /** 8 bits, scaled by the largest number of each row (Dettmers et al. 2022, section 2.1). Scales are in F32. */
  INT8(1) {
    @Override
    Stored store(Tensor matrix) {
      Tensor weight = matrix.to(DType.F32.torch());
      Tensor scale = weight.abs().amax(new long[] {1}, true).clamp_min(new Scalar(1e-12)).div(new Scalar(127.0));
      return new Stored(weight.div(scale).round().to(DType.I8.torch()), scale);
    }

    @Override
    Tensor restore(Tensor codes, Tensor scales, long rows, long columns, DType dtype) {
      return codes.to(dtype.torch()).mul(scales.to(dtype.torch()));
    }
  },
  /**
   * 4 bits: the nearest of sixteen values that are even in frequency for normal weights, scaled by the largest number
   * of each block of 64 (Dettmers et al. 2023, QLoRA, section 3 and appendix E). Scales are in BF16.
   */
  NF4(2) {
    @Override
    Stored store(Tensor matrix) {
      Tensor weight = matrix.to(DType.F32.torch());
      Tensor blocks = weight.reshape(-1, BLOCK);
      Tensor scale = blocks.abs().amax(new long[] {1}, true).clamp_min(new Scalar(1e-12)).to(DType.BF16.torch());
      Tensor unit = blocks.div(scale.to(DType.F32.torch()));
      // Between which neighbours a number lies tells the nearest code.
      Tensor bounds = Device.of(weight).move(Tensors.of(midpoints(), 15));
      Tensor codes = torch.bucketize(unit, bounds).view(-1, 2).to(DType.U8.torch());
      Tensor packed = codes.select(1, 0).mul(new Scalar(16)).add(codes.select(1, 1));
      return new Stored(packed.contiguous(), scale);
    }

    @Override
    Tensor restore(Tensor codes, Tensor scales, long rows, long columns, DType dtype) {
      Tensor pairs = Device.of(codes).move(Tensors.of(pairs(), 256, 2)).to(dtype.torch());
      return torch.embedding(pairs, codes.to(DType.I32.torch())).view(-1, BLOCK)
          .mul(scales.to(dtype.torch())).view(rows, columns);
    }
  };

  /** Numbers that share a scale. */
  private static final long BLOCK = 64;

  /** The NF4 data type, from appendix E of the paper. */
  private static final float[] NF4_VALUES = {
    -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f,
    -0.18477343022823334f, -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f,
    0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f
  };

  /**
   * A matrix as it is stored.
   *
   * @param codes whole numbers
   * @param scales what they are multiplied by
   */
  record Stored(Tensor codes, Tensor scales) {}

  private final int codesPerByte;

  Quantisation(int codesPerByte) {
    this.codesPerByte = codesPerByte;
  }

  /** Quantises a matrix [outputs, inputs]. */
  abstract Stored store(Tensor weight);

  /** The matrix [rows, columns] again, near what it was. */
  abstract Tensor restore(Tensor codes, Tensor scales, long rows, long columns, DType dtype);

  /** Whether a matrix of so many numbers can be stored so. */
  boolean fits(long elements) {
    return codesPerByte == 1 || (codesPerByte == 2 && elements % BLOCK == 0);
  }

  private static float[] midpoints() {
    float[] bounds = new float[15];
    for (int i = 0; i < 15; i++) {
      bounds[i] = (NF4_VALUES[i] + NF4_VALUES[i + 1]) / 2;
    }
    return bounds;
  }

  /** For each byte the two numbers that it stands for, the higher half first. */
  private static float[] pairs() {
    float[] pairs = new float[512];
    for (int b = 0; b < 256; b++) {
      pairs[2 * b] = NF4_VALUES[b >> 4];
      pairs[2 * b + 1] = NF4_VALUES[b & 15];
    }
    return pairs;
  }
}
