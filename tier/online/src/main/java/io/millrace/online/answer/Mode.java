// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import java.util.Locale;

/** How an answer came about. */
public enum Mode {
  /** A span reader pointed at the words. */
  READER,
  /** A language model wrote it. */
  MODEL,
  /** The best sources are quoted, since nothing better could be vouched for. */
  QUOTE,
  /** Nothing was found. */
  NONE,
  /** Risk control refused. */
  REFUSED;

  /** Returns the name used in events and on the API. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
