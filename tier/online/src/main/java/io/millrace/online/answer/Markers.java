// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

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

  /**
   * Returns the text with other numbers in its markers. What follows a letter or digit and holds no number to keep,
   * such as {@code rows[0]}, is no marker.
   *
   * @param number returns a number's replacement, or 0 to leave it out; asked in the order of the text
   */
  static String renumbered(String text, IntUnaryOperator number) {
    return MARKER
        .matcher(text)
        .replaceAll(
            marker -> {
              String kept =
                  Arrays.stream(marker.group(1).split(","))
                      .mapToInt(each -> number.applyAsInt(Integer.parseInt(each.strip())))
                      .filter(each -> each > 0)
                      .mapToObj(Integer::toString)
                      .collect(Collectors.joining(", "));
              if (!kept.isEmpty()) {
                return "[" + kept + "]";
              }
              boolean index = marker.start() > 0 && Character.isLetterOrDigit(text.charAt(marker.start() - 1));
              return index ? marker.group() : "";
            });
  }

  /** Returns the text with spaces in place of its markers, so that all else stays where it is. */
  static String blanked(String text) {
    return MARKER.matcher(text).replaceAll(marker -> " ".repeat(marker.group().length()));
  }

  /** Returns the text without its markers. */
  static String removed(String text) {
    return MARKER.matcher(text).replaceAll("").strip();
  }
}
