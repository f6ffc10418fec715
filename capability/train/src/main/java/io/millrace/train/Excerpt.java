// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

/** The beginning of a text on one line, by which a person finds it again in a file. */
final class Excerpt {
  private static final int LONGEST = 60;

  private Excerpt() {}

  static String of(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    int end = line.offsetByCodePoints(0, Math.min(LONGEST, line.codePointCount(0, line.length())));
    return "“" + line.substring(0, end) + (end < line.length() ? "…”" : "”");
  }
}
