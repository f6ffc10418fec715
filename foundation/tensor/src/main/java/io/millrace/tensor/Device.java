// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

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

  /** libtorch's object for this device, owned by the open scope. */
  public org.bytedeco.pytorch.Device torch() {
    return new org.bytedeco.pytorch.Device(kind == Kind.CPU ? DeviceType.CPU : DeviceType.CUDA, (byte) index);
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + index;
  }
}
