// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

/**
 * How many numbers are worked on at a time, and whether this machine runs the vector kernels: they need the incubating
 * Vector API and vectors of 256 bits or more.
 *
 * <p>Kept apart from {@link VectorProduct}, which does not load where the module is missing.
 */
public final class Lanes {
  /** Whether vectors are used; plain Java of the same order of summation otherwise. */
  public static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
      && !Boolean.getBoolean("millrace.plain") && VectorProduct.wideEnough();

  /**
   * Floats in a vector: 8 or 16. The layout of weights follows it. Without vectors it may be chosen, so that the layout of
   * wider machines can be tested on any.
   */
  public static final int N = AVAILABLE ? VectorProduct.N : Integer.getInteger("millrace.lanes", 8);

  /** Floats in two vectors, the width of a tile. */
  public static final int TILE = 2 * N;

  private Lanes() {}
}
