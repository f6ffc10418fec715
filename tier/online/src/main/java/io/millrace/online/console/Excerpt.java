// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text cut to the place that says most of what was sought, in runs that are marked or not.
 *
 * @param runs in reading order
 */
public record Excerpt(List<Run> runs) {

  private static final Pattern TERM = Pattern.compile("\\p{IsHan}+|[\\p{L}\\p{N}_]+");
  private static final Set<String> COMMON =
      Set.of("a", "an", "and", "are", "by", "do", "does", "for", "how", "i", "in", "is", "it", "of", "on", "or",
          "the", "this", "to", "what", "when", "which", "with");

  /**
   * A run of text.
   *
   * @param marked whether these words were sought
   */
  public record Run(String text, boolean marked) {}

  public Excerpt {
    runs = List.copyOf(runs);
  }

  /**
   * Marks the words of a query in a text. Han text is matched by pairs of characters, other words by their beginning.
   *
   * @param length about how many characters are kept; 0 for the whole text
   */
  public static Excerpt of(String text, String query, int length) {
    BitSet marks = marks(text, terms(query));
    int start = length == 0 || text.length() <= length ? 0 : bestStart(text, marks, length);
    int end = length == 0 ? text.length() : Math.min(text.length(), start + length);
    List<Run> runs = new ArrayList<>();
    if (start > 0) {
      runs.add(new Run("… ", false));
    }
    for (int i = start; i < end; ) {
      boolean marked = marks.get(i);
      int next = marked ? marks.nextClearBit(i) : marks.nextSetBit(i);
      int to = next < 0 ? end : Math.min(next, end);
      runs.add(new Run(text.substring(i, to), marked));
      i = to;
    }
    if (end < text.length()) {
      runs.add(new Run(" …", false));
    }
    return new Excerpt(runs);
  }

  private static Set<String> terms(String query) {
    Set<String> terms = new LinkedHashSet<>();
    Matcher matcher = TERM.matcher(query.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      String term = matcher.group();
      if (Character.UnicodeScript.of(term.codePointAt(0)) == Character.UnicodeScript.HAN) {
        for (int i = 0; i + 2 <= term.length(); i++) {
          terms.add(term.substring(i, i + 2));
        }
      } else if (!COMMON.contains(term)) {
        terms.add(term);
      }
    }
    return terms;
  }

  private static BitSet marks(String text, Set<String> terms) {
    BitSet marks = new BitSet(text.length());
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.length() != text.length()) {
      // A letter whose lower case is longer: places would not fit, so only equal case is marked.
      lower = text;
    }
    for (String term : terms) {
      boolean han = Character.UnicodeScript.of(term.codePointAt(0)) == Character.UnicodeScript.HAN;
      for (int at = lower.indexOf(term); at >= 0; at = lower.indexOf(term, at + 1)) {
        if (han || beginsWord(text, at)) {
          marks.set(at, at + term.length());
        }
      }
    }
    return marks;
  }

  /** Whether a word begins here; in {@code addDocument} the second one begins at the capital. */
  private static boolean beginsWord(String text, int at) {
    return at == 0
        || !Character.isLetterOrDigit(text.charAt(at - 1))
        || (Character.isUpperCase(text.charAt(at)) && !Character.isUpperCase(text.charAt(at - 1)));
  }

  private static int bestStart(String text, BitSet marks, int length) {
    int best = 0;
    int bestCount = marks.get(0, length).cardinality();
    for (int at = marks.nextSetBit(0); at >= 0; at = marks.nextSetBit(marks.nextClearBit(at))) {
      int start = Math.max(0, Math.min(at - length / 6, text.length() - length));
      int count = marks.get(start, start + length).cardinality();
      if (count > bestCount) {
        bestCount = count;
        best = start;
      }
    }
    while (best > 0 && Character.isLetterOrDigit(text.charAt(best - 1)) && text.charAt(best) < 0x2E80) {
      best--;
    }
    return best > 0 && Character.isLowSurrogate(text.charAt(best)) ? best - 1 : best;
  }
}
