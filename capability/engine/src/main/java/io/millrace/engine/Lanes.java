// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/**
 * Whether this machine runs the vector kernels: they need the incubating Vector API and vectors of 256 bits or more.
 *
 * <p>Kept apart from {@link VectorLanes}, which does not load where the module is missing.
 */
final class Lanes {
  static final boolean AVAILABLE = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
      && !Boolean.getBoolean("millrace.engine.plain") && VectorLanes.wideEnough();

  private Lanes() {}
}
