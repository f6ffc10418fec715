// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

/**
 * A piece of a text that can be compared with pieces of another text.
 *
 * @param form what is compared: a stem, a name in lower case, a number's value
 * @param start first character within the text
 * @param end one past the last character
 */
record Term(Kind kind, String form, int start, int end) {

  /** What a term is, and how much it says. */
  enum Kind {
    /** A name of the code, or of somebody or something. */
    NAME(3),
    NUMBER(3),
    WORD(1),
    /** Two neighbouring Han characters: a word of two characters is one pair, and every pair overlaps the next one. */
    PAIR(0.5);

    private final double weight;

    Kind(double weight) {
      this.weight = weight;
    }

    double weight() {
      return weight;
    }
  }
}
