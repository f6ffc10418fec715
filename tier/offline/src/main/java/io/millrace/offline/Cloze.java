// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Passage;
import io.millrace.core.document.Sentences;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * A sentence of a passage as somebody might put it who asks for it: some of its words, and hardly any names. Questions that are made from
 * patterns teach the patterns; people ask in other words, and leave names out. Now and then the passage lacks the sentence, as in the inverse
 * cloze task (Lee, Chang and Toutanova, ACL 2019); mostly it does not, since other passages that hold the same words are what it is compared with.
 *
 * @param question words of the sentence
 * @param sentence where they are from
 * @param passage text, perhaps without the sentence
 */
record Cloze(String question, String sentence, String passage) {

  private static final int SHORTEST = 20;

  /** The share of letters and spaces from which a line is prose. */
  private static final double PROSE = 0.8;

  /** How often the sentence stays: words that both have must not be a bad sign. */
  private static final double STAYS = 0.9;

  /** How often a word is left out of the question. */
  private static final double LEFT_OUT = 0.3;

  private static final double NAME_LEFT_OUT = 0.7;

  private static final Pattern NAME = Pattern.compile(".*(\\p{Ll}\\p{Lu}|[_.#(]\\p{L}|\\p{L}\\().*");
  private static final Pattern CODE = Pattern.compile("[\\p{L}\\p{N}_]\\(|[;{}=<>]");
  private static final Pattern WORDS = Pattern.compile("\\s+|(?<=\\p{IsHan})(?=\\S)");

  /** Makes one; null when the passage has no sentence that says enough. */
  static @Nullable Cloze of(Passage passage, SplittableRandom random) {
    List<String> sentences = Sentences.of(passage.text());
    List<Integer> telling = new ArrayList<>();
    // The first line names the section.
    for (int i = 1; i < sentences.size(); i++) {
      if (sentences.get(i).length() >= SHORTEST && isProse(sentences.get(i))) {
        telling.add(i);
      }
    }
    if (telling.isEmpty()) {
      return null;
    }
    String sentence = sentences.get(telling.get(random.nextInt(telling.size())));
    String question = question(sentence, random);
    if (question.isBlank()) {
      return null;
    }
    boolean stays = telling.size() == 1 || random.nextDouble() < STAYS;
    return new Cloze(question, sentence, stays ? passage.text() : passage.text().replace(sentence, ""));
  }

  /** Signatures and tables are no sentences. */
  private static boolean isProse(String sentence) {
    if (CODE.matcher(sentence).find()) {
      return false;
    }
    long plain = sentence.codePoints().filter(c -> Character.isLetter(c) || Character.isWhitespace(c)).count();
    return plain >= PROSE * sentence.codePointCount(0, sentence.length());
  }

  private static String question(String sentence, SplittableRandom random) {
    StringBuilder question = new StringBuilder();
    for (String word : WORDS.split(sentence)) {
      if (random.nextDouble() >= (NAME.matcher(word).matches() ? NAME_LEFT_OUT : LEFT_OUT)) {
        boolean han = !word.isEmpty() && Character.isIdeographic(word.codePointBefore(word.length()));
        question.append(word).append(han ? "" : " ");
      }
    }
    return question.toString().strip();
  }
}
