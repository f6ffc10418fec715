// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.model.safetensors.QuantisedMatrix;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tensors on a device in one number format, read from a model folder or made; freed when closed. What is stored in few bits
 * is turned into numbers of that format.
 */
final class DeviceTensors implements AutoCloseable {
  /** Numbers that are on their way at a time. */
  private static final int BLOCK = 1 << 22;

  private final Device device;
  private final DType dtype;
  private final List<Tensor> kept = new ArrayList<>();

  DeviceTensors(Device device, DType dtype) {
    this.device = device;
    this.dtype = dtype;
  }

  Device device() {
    return device;
  }

  DType dtype() {
    return dtype;
  }

  /** Zeros in a format of their own. */
  Tensor zeros(DType format, long... shape) {
    try (Scope _ = Scope.open()) {
      return keep(torch.zeros(shape, device.options(format)));
    }
  }

  /** Numbers from memory, in a format of their own, row-major. */
  Tensor of(DType format, float[] values, long... shape) {
    try (Scope _ = Scope.open()) {
      return keep(place(Tensors.of(values, shape), format));
    }
  }

  /** Moves a tensor of the CPU here; owned by the open scope. */
  Tensor place(Tensor tensor, DType format) {
    return device.move(tensor.to(format.torch()));
  }

  private Tensor keep(Tensor tensor) {
    kept.add(Scope.keep(tensor));
    return tensor;
  }

  /**
   * Matrices of equally many columns, one below the other.
   *
   * @throws IllegalArgumentException when one is missing or has another shape or type, naming it
   */
  Tensor matrices(TensorSource source, List<AdapterFolder.Target> parts) {
    int rows = parts.stream().mapToInt(AdapterFolder.Target::rows).sum();
    Tensor all = zeros(dtype, rows, parts.getFirst().columns());
    int at = 0;
    for (AdapterFolder.Target part : parts) {
      fill(all, at, source, part);
      at += part.rows();
    }
    return all;
  }

  private static void fill(Tensor all, int at, TensorSource source, AdapterFolder.Target part) {
    QuantisedMatrix few = QuantisedMatrix.find(source, part.name()).orElse(null);
    TensorView view = source.tensor(part.name());
    if (few == null) {
      view.requireShape(part.rows(), part.columns());
    } else if (few.rows() != part.rows() || few.columns() != part.columns()) {
      throw new IllegalArgumentException("tensor " + part.name() + ": expected shape [" + part.rows() + ", "
          + part.columns() + "], found [" + few.rows() + ", " + few.columns() + "]");
    }
    int atATime = Math.max(1, BLOCK / part.columns());
    for (int from = 0; from < part.rows(); from += atATime) {
      int n = Math.min(atATime, part.rows() - from);
      try (Scope _ = Scope.open()) {
        Tensor block = few == null ? block(view, from, n, part.columns()) : block(few, from, n);
        all.narrow(0, at + from, n).copy_(block);
      }
    }
  }

  private static Tensor block(TensorView view, int from, int n, int columns) {
    DType stored = switch (view.dtype()) {
      case F32 -> DType.F32;
      case BF16 -> DType.BF16;
      case F16 -> DType.F16;
      default -> throw new IllegalArgumentException(
          "tensor " + view.name() + ": expected F32, BF16, F16, I8 or U8, found " + view.dtype());
    };
    long row = (long) columns * stored.bytes();
    return Tensors.filled(view.data().asSlice(from * row, n * row), stored, n, columns);
  }

  private static Tensor block(QuantisedMatrix matrix, int from, int n) {
    float[] values = new float[n * matrix.columns()];
    IntStream.range(0, n).parallel().forEach(r -> {
      for (int c = 0; c < matrix.columns(); c++) {
        values[r * matrix.columns() + c] = matrix.at(from + r, c);
      }
    });
    return Tensors.of(values, n, matrix.columns());
  }

  /** Bytes of all that is kept here. */
  long bytes() {
    return kept.stream().mapToLong(t -> t.numel() * DType.of(t).bytes()).sum();
  }

  @Override
  public void close() {
    kept.forEach(Scope::free);
    kept.clear();
  }
}
