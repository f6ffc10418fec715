// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

/** A page that is not what it seems to be; the message says why, for the dead letter. */
public final class UnreadablePage extends Exception {

  private static final long serialVersionUID = 1L;

  public UnreadablePage(String message) {
    super(message);
  }
}
