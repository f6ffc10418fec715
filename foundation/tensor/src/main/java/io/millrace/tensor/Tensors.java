// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Copies between Java memory and tensors; shapes are outermost dimension first. Tensors are made on the CPU, and read
 * from any device.
 */
public final class Tensors {
  private Tensors() {}

  /** A new F32 tensor of the given shape with {@code values} in row-major order. */
  public static Tensor of(float[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.F32, shape);
  }

  /** A new F64 tensor of the given shape with {@code values} in row-major order. */
  public static Tensor of(double[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.F64, shape);
  }

  /** A new I64 tensor of the given shape with {@code values} in row-major order. */
  public static Tensor of(long[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.I64, shape);
  }

  /** A new I32 tensor of the given shape with {@code values} in row-major order; an index into an embedding too. */
  public static Tensor of(int[] values, long... shape) {
    return filled(MemorySegment.ofArray(values), DType.I32, shape);
  }

  /** A new tensor holding a copy of {@code bytes}, little-endian and row-major. */
  public static Tensor filled(MemorySegment bytes, DType dtype, long... shape) {
    long expected = elements(shape) * dtype.bytes();
    if (bytes.byteSize() != expected) {
      throw new IllegalArgumentException(
          "shape %s of %s needs %d bytes, but %d were given"
              .formatted(Arrays.toString(shape), dtype, expected, bytes.byteSize()));
    }
    Tensor tensor = torch.empty(shape, dtype.options(), new org.bytedeco.pytorch.MemoryFormatOptional());
    MemorySegment.copy(bytes, 0, segment(tensor), 0, expected);
    return tensor;
  }

  /** Overwrites {@code tensor}, which must be contiguous, with the bytes of the same length. */
  public static void fill(Tensor tensor, MemorySegment bytes) {
    MemorySegment target = segment(tensor);
    if (target.byteSize() != bytes.byteSize()) {
      throw new IllegalArgumentException(
          "tensor of %d bytes cannot take %d bytes".formatted(target.byteSize(), bytes.byteSize()));
    }
    target.copyFrom(bytes);
  }

  /**
   * The memory of a contiguous CPU tensor, without a copy; valid only as long as the tensor is.
   *
   * @throws IllegalArgumentException if the tensor is a strided view or lives on another device
   */
  public static MemorySegment segment(Tensor tensor) {
    if (!tensor.is_cpu()) {
      throw new IllegalArgumentException(
          "tensor of shape " + Arrays.toString(tensor.shape()) + " is on " + Device.of(tensor) + ": move it to the CPU first");
    }
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "tensor of shape " + Arrays.toString(tensor.shape()) + " is a strided view: call contiguous() first");
    }
    Pointer data = tensor.data_ptr();
    long bytes = tensor.numel() * DType.of(tensor).bytes();
    return bytes == 0 ? MemorySegment.NULL : MemorySegment.ofAddress(data.address()).reinterpret(bytes);
  }

  /** The elements of any float tensor, converted to F32, in row-major order. */
  public static float[] floats(Tensor tensor) {
    try (Scope _ = Scope.open()) {
      Tensor plain = Device.CPU.move(tensor.detach()).to(DType.F32.torch()).contiguous();
      return segment(plain).toArray(ValueLayout.JAVA_FLOAT);
    }
  }

  /** The elements of any float tensor, converted to F64, in row-major order. */
  public static double[] doubles(Tensor tensor) {
    try (Scope _ = Scope.open()) {
      Tensor plain = Device.CPU.move(tensor.detach()).to(DType.F64.torch()).contiguous();
      return segment(plain).toArray(ValueLayout.JAVA_DOUBLE);
    }
  }

  /** The elements of an integer tensor, converted to I64, in row-major order. */
  public static long[] longs(Tensor tensor) {
    try (Scope _ = Scope.open()) {
      Tensor plain = Device.CPU.move(tensor).to(DType.I64.torch()).contiguous();
      return segment(plain).toArray(ValueLayout.JAVA_LONG);
    }
  }

  private static long elements(long[] shape) {
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    return count;
  }
}
