// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;

/** Refuses tensors that an exchange cannot take, before a rank waits for the others. */
final class Shapes {
  private Shapes() {}

  static void contiguous(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "tensor of shape " + Arrays.toString(tensor.shape()) + " is a strided view: call contiguous() first");
    }
  }

  /** That {@code whole} is {@code size} times {@code part} along the first dimension. */
  static void shares(Tensor whole, Tensor part, int size) {
    contiguous(whole);
    contiguous(part);
    if (whole.numel() != part.numel() * size) {
      throw new IllegalArgumentException("whole of shape %s is not %d times a part of shape %s"
          .formatted(Arrays.toString(whole.shape()), size, Arrays.toString(part.shape())));
    }
  }

  /** That {@code rows} has a number for each rank and that they are the rows of {@code tensor}. */
  static void splits(Tensor tensor, long[] rows, int size) {
    contiguous(tensor);
    long all = tensor.dim() == 0 ? -1 : tensor.size(0);
    if (rows.length != size || Arrays.stream(rows).anyMatch(count -> count < 0) || Arrays.stream(rows).sum() != all) {
      throw new IllegalArgumentException("rows %s for %d ranks are not those of a tensor of shape %s"
          .formatted(Arrays.toString(rows), size, Arrays.toString(tensor.shape())));
    }
  }

  static void root(int root, int size) {
    if (root < 0 || root >= size) {
      throw new IllegalArgumentException("root " + root + ": the group has ranks 0 to " + (size - 1));
    }
  }

  static void colour(int colour) {
    if (colour < 0) {
      throw new IllegalArgumentException("colour " + colour + ": must not be negative");
    }
  }
}
