// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Sentences;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the sentences of a passage that are worth quoting. Everything returned is a literal part of the passage. */
final class Excerpts {

  private static final int LONGEST = 360;

  /** Words that say nothing about what is asked. */
  private static final Set<String> EMPTY =
      Set.of(
          "a", "an", "and", "are", "be", "by", "can", "do", "does", "for", "from", "how", "i", "in", "is", "it", "its",
          "of", "on", "or", "that", "the", "this", "to", "was", "what", "when", "which", "who", "why", "will", "with",
          "you");

  /** How a line of details begins. */
  private static final Pattern DETAIL = Pattern.compile("[a-z]+(?: [a-z]+)?(?: \\S+)?: ");

  /** Labels that the words after them can do without; an exception's name they cannot. */
  private static final Pattern LABEL =
      Pattern.compile("(?:returns|note|(?:type )?parameter \\S+|element \\S+): (?=\\S)");

  /** Declarations begin with an annotation, a modifier or type parameters, or are a type, a name and parentheses. */
  private static final Pattern SIGNATURE =
      Pattern.compile(
          "^(?:@\\w|<\\w|(?:public|protected|private|static|abstract|final|default|synchronized|native|sealed|record"
              + "|enum|interface|class)\\s"
              + "|[\\w.$]+(?:<[^()]*>)?(?:\\[])*\\s\\w+\\(.*\\)(?:\\s+throws\\s[\\w.,\\s$]+)?$)");

  private Excerpts() {}

  /**
   * Returns the sentences that a span lies in, as far as they form one piece of reasonable length. Of a span over
   * several lines, which say different things, the line that holds most of it counts. A label before the words that
   * the sentence can do without, such as {@code returns:}, is left out.
   */
  static String around(String passage, int start, int end) {
    Piece line = new Piece(start, end);
    int most = 0;
    for (Piece each : lines(passage)) {
      int shared = Math.min(end, each.end()) - Math.max(start, each.start());
      if (shared > most) {
        most = shared;
        line = each;
      }
    }
    int spanStart = Math.max(start, line.start());
    int spanEnd = Math.min(end, line.end());
    int from = spanStart;
    int to = spanEnd;
    for (Piece sentence : sentences(passage, line)) {
      if (sentence.start() < spanEnd && sentence.end() > spanStart) {
        from = Math.min(from, sentence.start());
        to = Math.max(to, sentence.end());
      }
    }
    if (to - from > LONGEST) {
      from = spanStart;
      to = spanEnd;
    }
    Matcher label = LABEL.matcher(passage).region(from, to);
    if (from == line.start() && label.lookingAt() && label.end() < spanEnd) {
      from = label.end();
    }
    return passage.substring(from, to).strip();
  }

  /**
   * Returns the sentence that shares most words with a text. Prose is preferred to details; the line that names the
   * passage and signatures are returned only where there is nothing else.
   */
  static String closest(String passage, String text) {
    Set<String> wanted = informative(text);
    List<Piece> lines = lines(passage);
    boolean named = !lead(passage).isEmpty();
    List<Piece> rest = named ? lines.subList(1, lines.size()) : lines;
    List<Piece> prose = rest.stream().filter(line -> !signature(line.in(passage))).toList();
    String best = "";
    double bestScore = -1;
    for (Piece line : prose.isEmpty() ? rest : prose) {
      double weight = DETAIL.matcher(line.in(passage)).lookingAt() ? 0.7 : 1;
      List<Piece> sentences = sentences(passage, line);
      for (int i = 0; i < sentences.size(); i++) {
        String sentence = sentences.get(i).in(passage);
        Set<String> words = words(sentence);
        long shared = words.stream().filter(wanted::contains).count();
        boolean title = lines.size() == 1 && i == 0 && sentences.size() > 1;
        // The square root keeps one-word titles from winning by density, and long lists from winning by mass.
        double score = weight * (shared + 0.01) / Math.sqrt(words.size() + 4.0) * (title ? 0.5 : 1);
        if (score > bestScore) {
          bestScore = score;
          best = sentence;
        }
      }
    }
    return clip(best);
  }

  /** Returns the line that names the passage, empty where there is none. */
  static String lead(String passage) {
    List<Piece> lines = lines(passage);
    String first = lines.isEmpty() ? "" : lines.getFirst().in(passage);
    return lines.size() > 1 && !ended(first) ? first.strip() : "";
  }

  /** Returns the first sentence of prose after the name and the signature; empty where there is none. */
  static String prose(String passage) {
    List<Piece> lines = lines(passage);
    for (Piece line : lead(passage).isEmpty() ? lines : lines.subList(1, lines.size())) {
      String text = line.in(passage);
      if (!signature(text) && !DETAIL.matcher(text).lookingAt()) {
        return clip(sentences(passage, line).getFirst().in(passage).strip());
      }
    }
    return "";
  }

  /** A part of a passage, by its offsets. */
  private record Piece(int start, int end) {
    String in(String passage) {
      return passage.substring(start, end);
    }
  }

  private static List<Piece> lines(String passage) {
    List<Piece> lines = new ArrayList<>();
    for (int start = 0; start < passage.length(); ) {
      int newline = passage.indexOf('\n', start);
      int end = newline < 0 ? passage.length() : newline;
      if (!passage.substring(start, end).isBlank()) {
        lines.add(new Piece(start, end));
      }
      start = end + 1;
    }
    return lines;
  }

  /** Returns a line's sentences; a signature is one, and a question mark within type arguments ends none. */
  private static List<Piece> sentences(String passage, Piece line) {
    String text = line.in(passage);
    if (signature(text)) {
      return List.of(line);
    }
    List<Piece> sentences = new ArrayList<>();
    int from = -1;
    int cursor = line.start();
    for (String sentence : Sentences.of(text)) {
      int begin = passage.indexOf(sentence, cursor);
      cursor = begin + sentence.length();
      from = from < 0 ? begin : from;
      if (!sentence.endsWith("?") || !open(passage.substring(from, cursor))) {
        sentences.add(new Piece(from, cursor));
        from = -1;
      }
    }
    if (from >= 0) {
      sentences.add(new Piece(from, cursor));
    }
    return sentences;
  }

  private static boolean open(String text) {
    return text.chars().map(c -> c == '<' ? 1 : c == '>' ? -1 : 0).sum() > 0;
  }

  private static boolean signature(String line) {
    return !ended(line) && SIGNATURE.matcher(line.strip()).find();
  }

  private static boolean ended(String line) {
    String bare = line.strip();
    return !bare.isEmpty() && ".!?。！？".indexOf(bare.charAt(bare.length() - 1)) >= 0;
  }

  /** Returns how much two texts say the same: shared words by words of the shorter one, from 0 to 1. */
  static double agreement(String one, String other) {
    Set<String> a = words(one);
    Set<String> b = words(other);
    if (a.isEmpty() || b.isEmpty()) {
      return 0;
    }
    long shared = a.stream().filter(b::contains).count();
    return shared / (double) Math.min(a.size(), b.size());
  }

  /** Returns the words of a question that say what it is about. */
  static Set<String> informative(String question) {
    Set<String> words = words(question);
    words.removeAll(EMPTY);
    return words;
  }

  /** Returns words in lower case; Chinese counts by pairs of characters. */
  static Set<String> words(String text) {
    Set<String> words = new HashSet<>();
    StringBuilder word = new StringBuilder();
    int before = -1;
    for (int c : text.toLowerCase(Locale.ROOT).codePoints().toArray()) {
      boolean han = Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN;
      if (han && before >= 0) {
        words.add(Character.toString(before) + Character.toString(c));
      }
      if (Character.isLetterOrDigit(c) && !han) {
        word.appendCodePoint(c);
      } else if (!word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
      before = han ? c : -1;
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  private static String clip(String sentence) {
    if (sentence.length() <= LONGEST) {
      return sentence;
    }
    int cut = sentence.lastIndexOf(' ', LONGEST);
    return sentence.substring(0, cut > LONGEST / 2 ? cut : LONGEST);
  }
}
