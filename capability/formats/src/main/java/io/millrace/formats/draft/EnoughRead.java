// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

/** Ends the reading of a file whose text has reached its limit; what was read stays. */
public final class EnoughRead extends RuntimeException {

  private static final long serialVersionUID = 1L;

  EnoughRead() {
    super("enough was read", null, false, false);
  }
}
