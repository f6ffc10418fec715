// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pairs of words, out of a file: opposites, such as {@code before} and {@code after}, of which each makes the other's sentence
 * wrong, and synonyms, which do not.
 */
final class WordPairs {

  static final WordPairs OPPOSITES = new WordPairs("opposites.txt");
  static final WordPairs SYNONYMS = new WordPairs("synonyms.txt");

  private final List<Pair> pairs;

  private WordPairs(String file) {
    this.pairs = read(file);
  }

  private record Pair(Word one, Word other) {

    boolean apart(String said, String held) {
      return one.in(said) && other.in(held) && !other.in(said) && !one.in(held);
    }

    Pair turned() {
      return new Pair(other, one);
    }
  }

  private record Word(String text, Pattern pattern) {

    /** Chinese has no bounds of words. */
    static Word of(String text) {
      return new Word(text, Pattern.compile(text.charAt(0) < 0x80 ? "\\b" + text + "\\b" : text));
    }

    boolean in(String lowerCase) {
      return lowerCase.contains(text) && pattern.matcher(lowerCase).find();
    }
  }

  /** Returns whether a sentence has one word of a pair, and not the other, and a text the other, and not the one. */
  boolean differ(String sentence, String text) {
    String said = sentence.toLowerCase(Locale.ROOT);
    String held = text.toLowerCase(Locale.ROOT);
    return pairs.stream().anyMatch(pair -> pair.apart(said, held) || pair.turned().apart(said, held));
  }

  /** Returns the sentence with one word, chosen by chance, replaced by the other of its pair; nothing where it has none. */
  Optional<String> exchanged(String sentence, RandomGenerator random) {
    List<String> exchanged = new ArrayList<>();
    for (Pair pair : pairs) {
      Matcher one = pair.one.pattern.matcher(sentence);
      Matcher other = pair.other.pattern.matcher(sentence);
      boolean hasOne = one.find();
      boolean hasOther = other.find();
      if (hasOne && !hasOther) {
        exchanged.add(sentence.substring(0, one.start()) + pair.other.text + sentence.substring(one.end()));
      } else if (hasOther && !hasOne) {
        exchanged.add(sentence.substring(0, other.start()) + pair.one.text + sentence.substring(other.end()));
      }
    }
    return exchanged.isEmpty() ? Optional.empty() : Optional.of(exchanged.get(random.nextInt(exchanged.size())));
  }

  private static List<Pair> read(String file) {
    try (InputStream in = Objects.requireNonNull(WordPairs.class.getResourceAsStream(file), file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split(" = ", -1))
          .map(words -> new Pair(Word.of(words[0]), Word.of(words[1])))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
