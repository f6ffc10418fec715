// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a question seeks by words: those of it that are sought, and pairs that stand side by side in it.
 *
 * @param words each once
 * @param pairs each once
 */
public record SoughtWords(List<Word> words, List<Pair> pairs) {

  public SoughtWords {
    words = List.copyOf(words);
    pairs = List.copyOf(pairs);
  }

  /**
   * A word.
   *
   * @param text as the analyzer leaves it
   * @param fields weights of occurrences by field in which it is sought
   * @param weight of the word, times its occurrences in the question
   */
  public record Word(String text, Map<String, Double> fields, double weight) {}

  /** Two words that stand side by side, with what the pair weighs. */
  public record Pair(String first, String second, Set<String> fields, double weight) {}

  /** A word in a field. */
  public record FieldWord(String field, String word) {}

  /** Returns whether there is no word to seek. */
  public boolean empty() {
    return words.isEmpty();
  }

  /** Returns all that BM25 has to know the frequency of. */
  public Set<FieldWord> counted() {
    Set<FieldWord> all = new LinkedHashSet<>();
    words.forEach(word -> word.fields().keySet().forEach(field -> all.add(new FieldWord(field, word.text()))));
    return all;
  }
}
