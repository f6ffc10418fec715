// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a sentence says, as sets that can be compared.
 *
 * @param identifiers names of the code, in lower case: with capitals inside, underscores, dots or digits
 * @param numbers as written, without thousands' separators
 * @param words stems of words that carry meaning, and pairs of neighbouring Han characters
 * @param negations how many words deny
 */
record Content(Set<String> identifiers, Set<String> numbers, Set<String> words, int negations) {

  private static final Pattern TOKEN =
      Pattern.compile("[A-Za-z_$][\\w$]*(?:[.#][A-Za-z_$][\\w$]*)*|[0-9]+(?:[.,][0-9]+)*|\\p{IsHan}+");
  private static final Pattern NEGATION =
      Pattern.compile("\\b(?:not|no|never|none|neither|nor|cannot|without|nothing)\\b|n't\\b|不|没|無|无|未|非(?!常)|勿|别(?!名|的)");
  private static final Set<String> STOP_WORDS =
      Set.of((
              "a an and are as at be been being but by can could did do does doing done for from had has have having he her "
                  + "his how i if in into is it its itself may me might more most must my not of on one only or other our out "
                  + "own same shall she should so some such than that the their them then there these they this those to too "
                  + "under up use used using very was we were what when where which while who whom why will with would you your "
                  + "also according answer source sources passage text says states given above following yes no any all each "
                  + "never none nor neither without nothing about after before between both just like")
          .split(" "));
  private static final String HAN_STOP = "的了是在和与及或也就都而这那其它此该为于以之对把被将会可能要个一有中上下所并从到等请吗呢吧";

  /** Reads a text. */
  static Content of(String text) {
    Set<String> identifiers = new HashSet<>();
    Set<String> numbers = new HashSet<>();
    Set<String> words = new HashSet<>();
    Matcher matcher = TOKEN.matcher(text);
    while (matcher.find()) {
      String token = matcher.group();
      char first = token.charAt(0);
      if (first >= '0' && first <= '9') {
        numbers.add(token.replaceAll(",(?=[0-9]{3}(?![0-9]))", ""));
      } else if (Character.UnicodeScript.of(token.codePointAt(0)) == Character.UnicodeScript.HAN) {
        han(token, words);
      } else if (isIdentifier(token)) {
        addIdentifier(token, identifiers);
      } else if (!STOP_WORDS.contains(token.toLowerCase(Locale.ROOT)) && token.length() > 1) {
        words.add(stem(token.toLowerCase(Locale.ROOT)));
      }
    }
    return new Content(identifiers, numbers, words, negations(text));
  }

  boolean isEmpty() {
    return identifiers.isEmpty() && numbers.isEmpty() && words.isEmpty();
  }

  /** Returns whether a token is a name of code: with capitals or digits inside, or signs that words do not have. */
  static boolean isIdentifier(String token) {
    boolean sign = token.indexOf('_') >= 0 || token.indexOf('$') >= 0 || token.indexOf('.') > 0 || token.indexOf('#') > 0;
    boolean inner = false;
    for (int i = 1; i < token.length(); i++) {
      inner |= (Character.isUpperCase(token.charAt(i)) && Character.isLowerCase(token.charAt(i - 1)))
          || Character.isDigit(token.charAt(i));
    }
    return sign || inner;
  }

  /** Adds the name and its parts: a passage may write {@code poll} where the answer writes {@code Consumer.poll}. */
  private static void addIdentifier(String token, Set<String> identifiers) {
    for (String part : token.split("[.#]")) {
      if (part.length() > 1 && !STOP_WORDS.contains(part.toLowerCase(Locale.ROOT))) {
        identifiers.add(part.toLowerCase(Locale.ROOT));
      }
    }
  }

  /** Returns whether an English word, in lower case, says nothing by itself. */
  static boolean isStopWord(String word) {
    return STOP_WORDS.contains(word);
  }

  /** Returns whether a Han character is mostly grammar. */
  static boolean isGrammar(int character) {
    return HAN_STOP.indexOf(character) >= 0;
  }

  /** Returns how many words of a text deny. */
  static int negations(String text) {
    Matcher negation = NEGATION.matcher(text.toLowerCase(Locale.ROOT));
    int negations = 0;
    while (negation.find()) {
      negations++;
    }
    return negations;
  }

  private static void han(String run, Set<String> words) {
    for (int i = 0; i + 1 < run.length(); i++) {
      if (HAN_STOP.indexOf(run.charAt(i)) < 0 && HAN_STOP.indexOf(run.charAt(i + 1)) < 0) {
        words.add(run.substring(i, i + 2));
      }
    }
    if (run.length() == 1 && HAN_STOP.indexOf(run.charAt(0)) < 0) {
      words.add(run);
    }
  }

  /** Takes off the commonest endings, so that {@code returns}, {@code returned} and {@code returning} are one. */
  static String stem(String word) {
    for (String ending : new String[] {"ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s"}) {
      if (word.endsWith(ending) && word.length() - ending.length() >= 3) {
        String stem = word.substring(0, word.length() - ending.length());
        return ending.startsWith("ie") ? stem + "y" : stem.endsWith("e") ? stem.substring(0, stem.length() - 1) : stem;
      }
    }
    return word.length() > 4 && word.endsWith("e") ? word.substring(0, word.length() - 1) : word;
  }
}
