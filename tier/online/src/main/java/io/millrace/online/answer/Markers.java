// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The citation markers of a text, such as {@code [1]} and {@code [2, 3]}. */
final class Markers {

  private static final Pattern MARKER = Pattern.compile("\\[(\\d{1,3}(?:\\s*,\\s*\\d{1,3})*)]");

  private Markers() {}

  /** Returns the numbers that a text cites, smallest first. */
  static SortedSet<Integer> of(String text) {
    SortedSet<Integer> numbers = new TreeSet<>();
    Matcher matcher = MARKER.matcher(text);
    while (matcher.find()) {
      for (String number : matcher.group(1).split(",")) {
        numbers.add(Integer.parseInt(number.strip()));
      }
    }
    return numbers;
  }

  /** Returns the text without its markers. */
  static String removed(String text) {
    return MARKER.matcher(text).replaceAll("").strip();
  }
}
