// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;

/**
 * Where tensors live: the processor, or one GPU.
 *
 * @param kind CPU or CUDA
 * @param index which GPU, 0 for the CPU
 */
public record Device(Kind kind, int index) {
  /** The kinds of device that Millrace runs on. */
  public enum Kind {
    CPU,
    CUDA
  }

  /** The processor. */
  public static final Device CPU = new Device(Kind.CPU, 0);

  /** Checks the index. */
  public Device {
    if (index < 0 || (kind == Kind.CPU && index != 0)) {
      throw new IllegalArgumentException("device index " + index + " for " + kind + ": must be 0, or a GPU's number");
    }
  }

  /** Reads "cpu", "cuda" or "cuda:1". */
  public static Device parse(String name) {
    if (name.equals("cpu")) {
      return CPU;
    }
    if (name.equals("cuda")) {
      return new Device(Kind.CUDA, 0);
    }
    if (name.matches("cuda:[0-9]{1,3}")) {
      return new Device(Kind.CUDA, Integer.parseInt(name.substring(5)));
    }
    throw new IllegalArgumentException("device \"" + name + "\": must be cpu, cuda or cuda:N");
  }

  /** Where {@code tensor} lives. */
  public static Device of(Tensor tensor) {
    if (tensor.is_cpu()) {
      return CPU;
    }
    try (Scope _ = Scope.open()) {
      return new Device(Kind.CUDA, tensor.device().index());
    }
  }

  /**
   * Fails unless this process can compute here.
   *
   * @throws IllegalStateException naming the device and what to do, when it is a GPU that is not there
   */
  public Device required() {
    if (kind == Kind.CUDA) {
      long found = torch.cuda_is_available() ? torch.getNumGPUs() : 0;
      if (index >= found) {
        throw new IllegalStateException("device %s: %d GPUs were found; build with -Pcuda on a machine with one, or use cpu"
            .formatted(this, found));
      }
    }
    return this;
  }

  /** Bytes of memory that this GPU has in all. */
  public long memoryBytes() {
    if (kind == Kind.CPU) {
      throw new IllegalStateException("device cpu: its memory is the machine's");
    }
    required();
    try (Scope _ = Scope.open()) {
      return torch.getMemoryInfo((byte) index).second(); // free and all
    }
  }

  /** {@code tensor} on this device: itself if it is there already, else a copy. */
  public Tensor move(Tensor tensor) {
    return kind == Kind.CPU && tensor.is_cpu() ? tensor : tensor.to(torch(), tensor.scalar_type());
  }

  /** Options for making a tensor of this format here, owned by the open scope. */
  public TensorOptions options(DType dtype) {
    return kind == Kind.CPU ? dtype.options() : dtype.options().device(new DeviceOptional(torch()));
  }

  /** libtorch's object for this device, owned by the open scope. */
  public org.bytedeco.pytorch.Device torch() {
    return new org.bytedeco.pytorch.Device(kind == Kind.CPU ? DeviceType.CPU : DeviceType.CUDA, (byte) index);
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + index;
  }
}
