// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

/**
 * Where in a JSON text one is, character by character: within a string or not, within an escape or not. Labels in
 * place of secrets may only be put where the text stays JSON.
 */
final class JsonPlaces {

  private boolean inString;
  // Characters that still belong to an escape.
  private int escape;

  JsonPlaces() {}

  private JsonPlaces(JsonPlaces other) {
    this.inString = other.inString;
    this.escape = other.escape;
  }

  JsonPlaces copy() {
    return new JsonPlaces(this);
  }

  /** Goes past a character; returns whether it belongs to an escape. */
  boolean pass(char c) {
    if (escape > 0) {
      escape += c == 'u' && escape == 1 ? 3 : -1;
      return true;
    }
    if (c == '\\' && inString) {
      escape = 1;
      return true;
    }
    if (c == '"') {
      inString = !inString;
    }
    return false;
  }

  /** Returns whether this is within a string. */
  boolean inString() {
    return inString;
  }
}
