// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor;

import org.bytedeco.pytorch.GradMode;

/** Switches the recording of gradients off on this thread until it is closed. */
public final class NoGrad implements AutoCloseable {
  private final boolean before = GradMode.is_enabled();

  private NoGrad() {
    GradMode.set_enabled(false);
  }

  /** Switches recording off; closing restores what was set before. */
  public static NoGrad open() {
    return new NoGrad();
  }

  @Override
  public void close() {
    GradMode.set_enabled(before);
  }
}
