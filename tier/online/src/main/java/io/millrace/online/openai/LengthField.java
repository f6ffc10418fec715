// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.online.Limits;
import io.millrace.online.http.Fields;

/** How many tokens an answer may have. */
public final class LengthField {

  private LengthField() {}

  /**
   * Reads it from whichever of several fields is there, the first one first.
   *
   * @param otherwise where none of them is there
   */
  public static int of(Fields body, Limits limits, int otherwise, String... names) {
    for (String name : names) {
      if (body.has(name)) {
        return body.integer(name, 1, limits.maxTokens(), 1);
      }
    }
    return Math.min(otherwise, limits.maxTokens());
  }
}
