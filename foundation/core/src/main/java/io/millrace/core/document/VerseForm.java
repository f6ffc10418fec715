// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import org.jspecify.annotations.Nullable;

/** The outward forms of recent-style verse (近體詩): how many lines of how many characters. */
public enum VerseForm {
  /** Four lines of five. */
  QUATRAIN_OF_FIVE("五言絕句"),
  /** Four lines of seven. */
  QUATRAIN_OF_SEVEN("七言絕句"),
  /** Eight lines of five. */
  REGULATED_OF_FIVE("五言律詩"),
  /** Eight lines of seven. */
  REGULATED_OF_SEVEN("七言律詩");

  private final String title;

  VerseForm(String title) {
    this.title = title;
  }

  /** Returns its name in traditional characters. */
  public String title() {
    return title;
  }

  /** Returns the form of a verse, or null for another one. */
  public static @Nullable VerseForm of(Verse verse) {
    boolean five = verse.meter() == 5;
    if (verse.quatrain()) {
      return five ? QUATRAIN_OF_FIVE : QUATRAIN_OF_SEVEN;
    }
    return verse.regulated() ? (five ? REGULATED_OF_FIVE : REGULATED_OF_SEVEN) : null;
  }

  /** Returns whether it has four lines. */
  public boolean quatrain() {
    return this == QUATRAIN_OF_FIVE || this == QUATRAIN_OF_SEVEN;
  }
}
