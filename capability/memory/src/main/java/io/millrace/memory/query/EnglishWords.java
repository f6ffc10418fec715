// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.memory.graph.Entities;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An English question as words where they stand, each with whether it is (part of) a name. */
record EnglishWords(String text, List<Word> words) {

  private static final Pattern WORD = Pattern.compile("@?[\\p{L}\\p{N}_$]+(?:(?:[.#'’-]|::)[\\p{L}\\p{N}_$]+)*(?:\\(\\))?");

  /** Words that a capitalised name has at most, so that runs of capitals cost no time. */
  private static final int LONGEST_NAME = 5;

  /**
   * A word.
   *
   * @param lower in lower case
   * @param name whether it belongs to a name
   * @param paused whether a comma, colon or full stop stands between it and the word before
   */
  record Word(int start, int end, String lower, boolean name, boolean paused) {
    boolean function() {
      return !name && Lexicon.function(lower);
    }

    boolean content() {
      return !function();
    }

    /** Says something by itself: neither a function word nor one that only leans on something else. */
    boolean telling() {
      return content() && (name || !Lexicon.LEANING.contains(lower));
    }
  }

  static EnglishWords of(String text) {
    List<int[]> places = new ArrayList<>();
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      places.add(new int[] {matcher.start(), matcher.end()});
    }
    Set<String> entities = Entities.of(text);
    boolean[] named = new boolean[places.size()];
    for (int i = 0; i < places.size(); i++) {
      for (int j = Math.min(places.size(), i + LONGEST_NAME) - 1; j >= i; j--) {
        String stretch = text.substring(places.get(i)[0], places.get(j)[1]);
        if (entities.contains(Entities.normalise(stretch.replaceAll("\\(\\)|^@", "")))) {
          java.util.Arrays.fill(named, i, j + 1, true);
          break;
        }
      }
    }
    List<Word> words = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      int[] place = places.get(i);
      String word = text.substring(place[0], place[1]);
      String lower = word.toLowerCase(Locale.ROOT).replace('’', '\'');
      boolean paused = i > 0 && text.substring(places.get(i - 1)[1], place[0]).chars().anyMatch(c -> ",:;.!?".indexOf(c) >= 0);
      boolean coded = word.endsWith("()") || word.startsWith("@") || word.indexOf('.') > 0 || word.indexOf('#') > 0;
      words.add(new Word(place[0], place[1], lower, named[i] && !Lexicon.function(lower) || coded, paused));
    }
    return new EnglishWords(text, List.copyOf(words));
  }

  boolean holdsName() {
    return words.stream().anyMatch(Word::name);
  }

  /** Returns the place of the first name, or how many words there are. */
  int firstName() {
    int i = 0;
    while (i < words.size() && !words.get(i).name()) {
      i++;
    }
    return i;
  }

  String between(int from, int to) {
    return text.substring(words.get(from).start(), words.get(to).end());
  }
}
