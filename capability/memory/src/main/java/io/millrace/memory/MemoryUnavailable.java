// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.jspecify.annotations.Nullable;

/** The machines that the memory lies on do not answer, or not in time; the same call may work a moment later. */
public final class MemoryUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MemoryUnavailable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
