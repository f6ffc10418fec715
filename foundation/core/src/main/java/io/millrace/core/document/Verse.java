// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A poem as its lines, without punctuation.
 *
 * @param lines in their order, none empty
 */
public record Verse(List<String> lines) {
  /** Copies the lines. */
  public Verse {
    lines = List.copyOf(lines);
  }

  /** Cuts a text at the marks that end lines and half-lines. */
  public static Verse of(String text) {
    return new Verse(Arrays.stream(text.split("[，。！？；、,.!?;\\s]+")).filter(line -> !line.isBlank()).toList());
  }

  /** Characters of a line if all have the same number of Han characters and nothing else, else 0. */
  public int meter() {
    int length = lines.isEmpty() ? 0 : lines.getFirst().codePointCount(0, lines.getFirst().length());
    boolean even = lines.stream().allMatch(line -> line.codePointCount(0, line.length()) == length
        && line.codePoints().allMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN));
    return even ? length : 0;
  }

  /** Whether it has the outward form of a quatrain (絕句): four lines of five or of seven characters. */
  public boolean quatrain() {
    return lines.size() == 4 && (meter() == 5 || meter() == 7);
  }

  /** Whether it has the outward form of regulated verse (律詩): eight lines of five or of seven characters. */
  public boolean regulated() {
    return lines.size() == 8 && (meter() == 5 || meter() == 7);
  }

  /** The characters where such a poem rhymes: the last ones of its even lines. */
  public List<Integer> rhymes() {
    return IntStream.range(0, lines.size()).filter(i -> i % 2 == 1)
        .mapToObj(i -> lines.get(i).codePointBefore(lines.get(i).length())).toList();
  }
}
