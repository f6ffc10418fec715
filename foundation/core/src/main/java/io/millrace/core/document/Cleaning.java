// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import java.text.Normalizer;

/** Removes what readers cannot see and models should not learn: control and zero-width characters, odd spaces. */
public final class Cleaning {

  private Cleaning() {}

  /** Returns the text on one line: Unicode NFC, one space between words, none around. */
  public static String line(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean space = false;
    String visible = visible(text);
    for (int i = 0; i < visible.length(); i++) {
      char c = visible.charAt(i);
      if (c == ' ' || c == '\n' || c == '\t') {
        space = !out.isEmpty();
      } else {
        if (space) {
          out.append(' ');
          space = false;
        }
        out.append(c);
      }
    }
    return out.toString();
  }

  /** Returns the text with its lines: Unicode NFC, no space at line ends, no blank line twice, none around. */
  public static String text(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean gap = false;
    for (String line : visible(text).split("\n", -1)) {
      String kept = line.stripTrailing();
      if (kept.isEmpty()) {
        gap = !out.isEmpty();
      } else {
        out.append(out.isEmpty() ? "" : gap ? "\n\n" : "\n").append(kept);
        gap = false;
      }
    }
    return out.toString().strip();
  }

  private static String visible(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n' || c == '\t') {
        out.append(c);
      } else if (c == '\r') {
        if (i + 1 == text.length() || text.charAt(i + 1) != '\n') {
          out.append('\n');
        }
      } else if (Character.isSpaceChar(c)) {
        out.append(c == '\u2028' || c == '\u2029' ? '\n' : ' ');
      } else if (!hidden(text, i)) {
        out.append(c);
      }
    }
    return Normalizer.normalize(out, Normalizer.Form.NFC);
  }

  /** Control characters, zero-width ones, direction marks, tags, soft hyphens, and halves of surrogate pairs. */
  private static boolean hidden(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1)) || format(c, text.charAt(i + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)) || format(text.charAt(i - 1), c);
    }
    int type = Character.getType(c);
    return type == Character.CONTROL || type == Character.FORMAT || type == Character.UNASSIGNED;
  }

  private static boolean format(char high, char low) {
    return Character.getType(Character.toCodePoint(high, low)) == Character.FORMAT;
  }
}
