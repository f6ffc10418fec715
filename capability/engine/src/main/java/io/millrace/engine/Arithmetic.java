// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.tensor.DType;
import io.millrace.tensor.Device;

/** Who computes a model's steps, and where. */
public sealed interface Arithmetic {
  /** The engine's own kernels on the CPU. */
  record Kernels() implements Arithmetic {
    @Override
    public void required() {}
  }

  /**
   * libtorch.
   *
   * @param device a GPU; the CPU too, where it is slower than the engine's own kernels
   * @param dtype of weights and products, BF16 or F32
   */
  record Libtorch(Device device, DType dtype) implements Arithmetic {
    /** Checks the number format. */
    public Libtorch {
      if (dtype != DType.BF16 && dtype != DType.F32) {
        throw new IllegalArgumentException("numbers in " + dtype + ": the engine computes in BF16 or F32");
      }
    }

    @Override
    public void required() {
      device.required();
    }
  }

  /**
   * Fails unless this process can compute there.
   *
   * @throws IllegalStateException naming the device and what to do
   */
  void required();

  /** The engine's own kernels. */
  Arithmetic KERNELS = new Kernels();

  /**
   * Reads a device's name as settings have it: {@code cpu} for the engine's own kernels, {@code cuda} or {@code cuda:1} for
   * libtorch on a GPU in BF16.
   *
   * @throws IllegalArgumentException for another name, listing these
   */
  static Arithmetic on(String device) {
    Device parsed = Device.parse(device);
    return parsed.equals(Device.CPU) ? KERNELS : new Libtorch(parsed, DType.BF16);
  }
}
