// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

/**
 * A part of a text, counted in UTF-16 code units as Java and JavaScript do.
 *
 * @param start first character
 * @param end one past the last character
 */
public record TextSpan(int start, int end) {
  public TextSpan {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("span " + start + ".." + end + ": both must be at least 0, and the end not before the start");
    }
  }

  /** Returns the words of this part. */
  public String of(String text) {
    return text.substring(start, end);
  }
}
