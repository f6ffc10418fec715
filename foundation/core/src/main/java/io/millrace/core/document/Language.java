// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

/** The language of a text, as far as the system treats languages differently. */
public enum Language {
  ENGLISH("en"),
  CHINESE("zh");

  private final String code;

  Language(String code) {
    this.code = code;
  }

  /** Returns the ISO 639-1 code. */
  public String code() {
    return code;
  }

  /** Returns the language of an ISO 639-1 code; region suffixes are ignored. */
  public static Language ofCode(String code) {
    for (Language language : values()) {
      if (code.equals(language.code) || code.startsWith(language.code + "-")) {
        return language;
      }
    }
    throw new IllegalArgumentException("unknown language '" + code + "': use en or zh");
  }

  /**
   * Guesses the language of a text: Chinese when at least one letter in eight is a Han character. Javadoc in
   * Chinese is full of Latin identifiers, while English text hardly ever has a Han character, hence the low bar.
   */
  public static Language of(CharSequence text) {
    int han = 0;
    int letters = 0;
    for (int i = 0; i < text.length(); ) {
      int c = Character.codePointAt(text, i);
      i += Character.charCount(c);
      if (Character.isLetter(c)) {
        letters++;
        if (Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN) {
          han++;
        }
      }
    }
    return han > 0 && han * 8 >= letters ? CHINESE : ENGLISH;
  }
}
