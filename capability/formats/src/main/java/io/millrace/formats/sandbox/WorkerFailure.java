// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

/** A worker that did not bring a file to its end; the message says why, for the dead letter. */
public final class WorkerFailure extends Exception {

  private static final long serialVersionUID = 1L;

  private final boolean again;

  /**
   * A failure.
   *
   * @param again whether another worker may fare better
   */
  WorkerFailure(String message, boolean again) {
    super(message);
    this.again = again;
  }

  /** Returns whether another worker may fare better. */
  public boolean again() {
    return again;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
