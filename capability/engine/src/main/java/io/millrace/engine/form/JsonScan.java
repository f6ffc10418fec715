// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

/** Finds where a JSON object or array ends that arrives piece by piece. */
final class JsonScan {
  private int depth;
  private boolean inString;
  private boolean escaped;

  /** One past the closing bracket within a piece, or -1 when it is not there yet; then the next piece goes on. */
  int end(CharSequence piece) {
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      if (inString) {
        inString = escaped || c != '"';
        escaped = !escaped && c == '\\';
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return i + 1;
      }
    }
    return -1;
  }
}
