// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.poetry;

import io.millrace.core.document.VerseForm;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A token for each frequent character, one for all others, one for each form, one for the end. */
final class CharacterVocabulary {
  static final int END = 0;
  private static final int RARE = 1;
  private static final int FIRST_FORM = 2;
  private static final int FIRST_CHARACTER = FIRST_FORM + VerseForm.values().length;

  private final Map<Integer, Integer> ids = new HashMap<>();
  private final int[] characters;

  /** The most frequent characters of some poems, so that there are {@code size} tokens at most. */
  CharacterVocabulary(List<Poem> poems, int size) {
    Map<Integer, Integer> counts = new HashMap<>();
    poems.forEach(poem -> poem.text().codePoints().forEach(c -> counts.merge(c, 1, Integer::sum)));
    characters = counts.entrySet().stream()
        .sorted(Map.Entry.<Integer, Integer>comparingByValue(Comparator.reverseOrder()).thenComparing(Map.Entry.comparingByKey()))
        .limit(size - FIRST_CHARACTER).mapToInt(Map.Entry::getKey).toArray();
    IntStream.range(0, characters.length).forEach(i -> ids.put(characters[i], FIRST_CHARACTER + i));
  }

  int size() {
    return FIRST_CHARACTER + characters.length;
  }

  int form(VerseForm form) {
    return FIRST_FORM + form.ordinal();
  }

  /** Form, characters and end of each poem, one poem after the other. */
  int[] encode(List<Poem> poems) {
    return poems.stream().flatMapToInt(poem -> IntStream.concat(
        IntStream.concat(IntStream.of(form(poem.form())), poem.text().codePoints().map(c -> ids.getOrDefault(c, RARE))),
        IntStream.of(END))).toArray();
  }

  /** The characters of some tokens; what is none becomes a box. */
  String decode(int[] tokens) {
    StringBuilder text = new StringBuilder();
    Arrays.stream(tokens).forEach(token ->
        text.appendCodePoint(token >= FIRST_CHARACTER ? characters[token - FIRST_CHARACTER] : '□'));
    return text.toString();
  }
}
