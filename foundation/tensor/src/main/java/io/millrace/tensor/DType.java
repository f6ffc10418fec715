// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Number formats that Millrace computes and stores in, under the names that safetensors gives them. */
public enum DType {
  F64(ScalarType.Double, 8),
  F32(ScalarType.Float, 4),
  BF16(ScalarType.BFloat16, 2),
  F16(ScalarType.Half, 2),
  I64(ScalarType.Long, 8),
  I32(ScalarType.Int, 4),
  I8(ScalarType.Char, 1),
  U8(ScalarType.Byte, 1),
  BOOL(ScalarType.Bool, 1);

  private final ScalarType torch;
  private final int bytes;

  DType(ScalarType torch, int bytes) {
    this.torch = torch;
    this.bytes = bytes;
  }

  /** libtorch's name of this format. */
  public ScalarType torch() {
    return torch;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether elements are fractions rather than whole numbers or truth values. */
  public boolean floating() {
    return this == F64 || this == F32 || this == BF16 || this == F16;
  }

  /** Options for making a tensor of this format on the CPU. */
  public TensorOptions options() {
    return new TensorOptions(torch);
  }

  /** The format of {@code tensor}'s elements; refuses one that Millrace does not use. */
  public static DType of(Tensor tensor) {
    // JavaCPP makes a fresh enum object for each call; intern() finds the constant.
    ScalarType type = tensor.scalar_type().intern();
    for (DType dtype : values()) {
      if (dtype.torch == type) {
        return dtype;
      }
    }
    throw new IllegalArgumentException("tensor of type " + type + ": use one of " + java.util.Arrays.toString(values()));
  }
}
