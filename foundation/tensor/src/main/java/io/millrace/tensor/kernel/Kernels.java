// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

/** Whether this process can run the kernels: they need the incubating Vector API and vectors of 256 bits or more. */
public final class Kernels {
  private static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
      && !Boolean.getBoolean("millrace.tensor.plain") && (Lanes.N == 8 || Lanes.N == 16);

  private Kernels() {}

  /** Whether they run here; {@code -Dmillrace.tensor.plain=true} says no. */
  public static boolean available() {
    return AVAILABLE;
  }

  /** Whether all of {@code sizes} fill whole vectors, which the kernels want of the last dimension. */
  public static boolean whole(long... sizes) {
    for (long size : sizes) {
      if (size % Lanes.N != 0) {
        return false;
      }
    }
    return true;
  }

  /** The least size of whole vectors that is not below {@code size}. */
  public static int wholeAtLeast(int size) {
    return Math.ceilDiv(size, Lanes.N) * Lanes.N;
  }
}
