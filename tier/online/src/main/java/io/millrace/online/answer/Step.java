// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import java.util.Locale;

/** The steps of an answer, in their order. */
public enum Step {
  GUARD,
  RETRIEVE,
  READ,
  GENERATE,
  CHECK;

  /** Returns the name used in events, metrics and on the API. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
