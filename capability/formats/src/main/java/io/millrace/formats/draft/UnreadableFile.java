// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

/** A file that is not what it seems to be; the message says why and what to do, for the dead letter. */
public final class UnreadableFile extends Exception {

  private static final long serialVersionUID = 1L;

  public UnreadableFile(String message) {
    super(message);
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
