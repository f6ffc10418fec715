// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The words of a passage by field, as our analyzers leave them, so that an index elsewhere has the same ones, and nothing has to be analysed
 * once more when a passage comes back from there.
 *
 * @param fields without those that have no word
 */
public record PassageWords(Map<String, List<Word>> fields) {

  private static final BothScripts ANALYZER = new BothScripts();

  /** Between the parts of what is written; no word holds one. */
  private static final String FIELD_END = "\n";

  private static final char SPACE = ' ';

  /** Before and after the step of a word that is not one position after the one before. */
  private static final char STEP = '\u0001';

  /** Stands for words that are not sought. */
  private static final String OTHER = String.valueOf(STEP);

  public PassageWords {
    fields = Map.copyOf(fields);
  }

  /**
   * A word.
   *
   * @param step positions after the word before: 1 for most, 0 for one at the same place
   */
  public record Word(String text, int step) {}

  /** Analyses a passage. */
  public static PassageWords of(Passage passage) {
    Map<String, List<Word>> fields = new LinkedHashMap<>();
    PassageFields.texts(passage).forEach(
        (field, text) -> {
          List<Word> words = new ArrayList<>();
          int before = -1;
          for (QuestionTerms.Term term : QuestionTerms.of(ANALYZER, field, text)) {
            words.add(new Word(term.bytes().utf8ToString(), term.position() - before));
            before = term.position();
          }
          if (!words.isEmpty()) {
            fields.put(field, words);
          }
        });
    return new PassageWords(fields);
  }

  /** Returns the words of a field with spaces between them; empty where there are none. */
  public String spaced(String field) {
    return fields.getOrDefault(field, List.of()).stream().map(Word::text).collect(Collectors.joining(" "));
  }

  /** Returns how many words a field has. */
  public int length(String field) {
    return fields.getOrDefault(field, List.of()).size();
  }

  /** Writes everything as one text, which {@link #read} reads. */
  public String written() {
    StringBuilder text = new StringBuilder();
    fields.forEach(
        (field, words) -> {
          text.append(field);
          for (Word word : words) {
            text.append(SPACE);
            if (word.step() != 1) {
              text.append(STEP).append(word.step()).append(STEP);
            }
            text.append(word.text());
          }
          text.append(FIELD_END);
        });
    return text.toString();
  }

  /**
   * Reads what {@link #written} wrote.
   *
   * @throws IllegalArgumentException when it is no such text
   */
  public static PassageWords read(String written) {
    Map<String, List<Word>> fields = new LinkedHashMap<>();
    for (String line : written.split(FIELD_END)) {
      String[] parts = line.split(" ");
      List<Word> words = new ArrayList<>(parts.length);
      for (int i = 1; i < parts.length; i++) {
        words.add(word(parts[i]));
      }
      if (!words.isEmpty()) {
        fields.put(parts[0], words);
      }
    }
    return new PassageWords(fields);
  }

  private static Word word(String part) {
    if (part.isEmpty() || part.charAt(0) != STEP) {
      return new Word(part, 1);
    }
    int end = part.indexOf(STEP, 1);
    if (end < 0) {
      throw new IllegalArgumentException("'" + part + "' is no word with its step");
    }
    return new Word(part.substring(end + 1), Integer.parseInt(part.substring(1, end)));
  }

  /** Returns the words of a field as an analyzer would give them out; empty where there are none. */
  TokenStream stream(String field) {
    return new Kept(fields.getOrDefault(field, List.of()), null);
  }

  /** The same with one word instead of all that are not sought: for an index that is asked one question, they only count. */
  TokenStream stream(String field, Set<String> sought) {
    return new Kept(fields.getOrDefault(field, List.of()), sought);
  }

  private static final class Kept extends TokenStream {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
    private final PositionIncrementAttribute increment = addAttribute(PositionIncrementAttribute.class);
    private final List<Word> words;
    private final @Nullable Set<String> sought;
    private int next;

    Kept(List<Word> words, @Nullable Set<String> sought) {
      this.words = words;
      this.sought = sought;
    }

    @Override
    public boolean incrementToken() {
      clearAttributes();
      if (next == words.size()) {
        return false;
      }
      Word word = words.get(next++);
      term.append(sought == null || sought.contains(word.text()) ? word.text() : OTHER);
      increment.setPositionIncrement(word.step());
      return true;
    }

    @Override
    public void reset() {
      next = 0;
    }
  }
}
