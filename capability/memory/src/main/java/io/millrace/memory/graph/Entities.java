// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.graph;

import io.millrace.core.document.Sentences;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a text names, as far as its shape shows it: identifiers, codes, capitalised names, and what stands between Chinese marks
 * of titles and quotations. No model and no list of what exists takes part, so a text has the same entities in every index.
 *
 * <p>What shows no shape, such as a Chinese name in running text, is recognised by the headings of other passages instead,
 * when a search is made (see {@link TitleBook}).
 */
public final class Entities {

  /** A passage has at most so many: the first ones of the text. */
  public static final int MOST = 24;

  private static final int SHORTEST = 2;
  private static final int LONGEST = 80;

  /** Words that a capitalised name may have inside, such as {@code University of California}. */
  private static final Set<String> INSIDE = Set.of("of", "the", "and", "for", "de", "van", "von", "der", "la", "du");

  /** Capitalised for standing first, or for being a language's habit. */
  private static final Set<String> NEVER =
      Set.of(
          "i", "a", "an", "the", "this", "that", "these", "those", "it", "its", "he", "she", "we", "you", "they", "if", "in", "on", "at",
          "by", "for", "from", "to", "of", "and", "or", "but", "not", "no", "as", "is", "are", "was", "were", "be", "when", "where", "what",
          "which", "who", "whom", "whose", "why", "how", "can", "could", "does", "do", "did", "has", "have", "had", "will", "would",
          "should", "may", "might", "must", "true", "false", "null", "note", "returns", "return", "see", "since", "also", "there", "then");

  private static final String WORD = "[A-Za-z_$][A-Za-z0-9_$]*";

  /**
   * In this order: what stands in title marks or quotation marks; words joined as code joins them, perhaps called; words with letters
   * and digits or hyphens between.
   */
  private static final Pattern TOKEN =
      Pattern.compile(
          "《([^《》\\n]{1,40})》|「([^「」\\n]{2,20})」|『([^『』\\n]{2,20})』|“([^“”\\n]{2,20})”"
              + "|((?<![\\p{L}\\p{N}_])" + WORD + "(?:(?:\\.|#|::)" + WORD + ")+(?:\\s?\\()?)"
              + "|((?<![\\p{L}\\p{N}_])[\\p{IsLatin}\\p{N}_$]+(?:[-'’][\\p{IsLatin}\\p{N}_$]+)*\\(?)");

  private static final Pattern JOINT = Pattern.compile("\\.|#|::");

  private Entities() {}

  /**
   * Returns what a text names, in the order in which it does, each once.
   *
   * @return at most {@value #MOST} {@linkplain #normalise normalised} names
   */
  public static Set<String> of(String text) {
    Set<String> names = new LinkedHashSet<>();
    for (String line : Sentences.of(text)) {
      sentence(line, names);
    }
    return names;
  }

  private static void sentence(String sentence, Set<String> names) {
    Matcher tokens = TOKEN.matcher(sentence);
    List<String> run = new ArrayList<>();
    int end = 0;
    boolean first = true;
    while (tokens.find() && names.size() < MOST) {
      boolean joined = tokens.start() == end || sentence.substring(end, tokens.start()).isBlank();
      String word = tokens.group(6);
      if (word == null || !joined) {
        flush(run, names);
      }
      if (word != null) {
        word(word, first, run, names);
      } else if (tokens.group(5) != null) {
        chain(tokens.group(5), names);
      } else {
        marked(tokens, names);
      }
      first = false;
      end = tokens.end();
    }
    flush(run, names);
  }

  private static void marked(Matcher tokens, Set<String> names) {
    for (int group = 1; group <= 4; group++) {
      String inside = tokens.group(group);
      if (inside != null) {
        add(inside, names);
      }
    }
  }

  /** Of a qualified name its last two parts say what is meant, and the last one alone what it is called. */
  private static void chain(String chain, Set<String> names) {
    String bare = chain.endsWith("(") ? chain.substring(0, chain.length() - 1).strip() : chain;
    String[] parts = JOINT.split(bare);
    String last = parts[parts.length - 1];
    String before = parts[parts.length - 2];
    if (before.length() + last.length() < 5) {
      return; // e.g, i.e, a.m
    }
    if (Character.isUpperCase(before.charAt(0))) {
      add(before + "." + last, names);
      add(before, names);
      add(last, names);
    } else if (Character.isUpperCase(last.charAt(0))) {
      add(last, names);
    } else {
      add(String.join(".", parts), names);
    }
  }

  private static void word(String word, boolean first, List<String> run, Set<String> names) {
    boolean called = word.endsWith("(");
    String bare = called ? word.substring(0, word.length() - 1) : word;
    boolean capital = Character.isUpperCase(bare.charAt(0)) || !run.isEmpty() && startsWithDigit(bare);
    if (coded(bare) || called && bare.length() > SHORTEST && !run.contains(bare) && Character.isLowerCase(bare.charAt(0))
        && mixedOrLong(bare)) {
      flush(run, names);
      add(bare, names);
      return;
    }
    String lower = bare.toLowerCase(Locale.ROOT);
    if (capital && !NEVER.contains(lower)) {
      // What stands first is a name only together with a second capitalised word.
      run.add(first ? "\u0000" + bare : bare);
    } else if (!run.isEmpty() && INSIDE.contains(lower)) {
      run.add(lower);
    } else {
      flush(run, names);
    }
    if (called) {
      flush(run, names);
    }
  }

  private static boolean startsWithDigit(String word) {
    return Character.isDigit(word.charAt(0));
  }

  /** A called word such as {@code poll(}: what is shorter is mostly prose before a bracket. */
  private static boolean mixedOrLong(String word) {
    return word.length() >= 4;
  }

  /** Capitals within, underlines, or digits beside letters: no word of any language. */
  private static boolean coded(String word) {
    boolean letter = false;
    boolean digit = false;
    boolean inner = false;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      letter |= Character.isLetter(c);
      digit |= Character.isDigit(c);
      inner |= c == '_' || c == '$' || i > 0 && Character.isUpperCase(c) && Character.isLowerCase(word.charAt(i - 1))
          || i > 1 && Character.isLowerCase(c) && Character.isUpperCase(word.charAt(i - 1)) && Character.isUpperCase(word.charAt(i - 2));
    }
    boolean acronym = word.length() >= 3 && word.chars().allMatch(Character::isUpperCase);
    return letter && (digit && word.length() >= 3 || inner || acronym);
  }

  private static void flush(List<String> run, Set<String> names) {
    while (!run.isEmpty() && INSIDE.contains(run.getLast())) {
      run.removeLast();
    }
    boolean opening = !run.isEmpty() && run.getFirst().charAt(0) == 0;
    if (opening) {
      run.set(0, run.getFirst().substring(1));
    }
    if (run.size() > 1 || run.size() == 1 && !opening) {
      add(String.join(" ", run), names);
    }
    run.clear();
  }

  private static void add(String name, Set<String> names) {
    String normal = normalise(name);
    if (normal.length() >= SHORTEST && normal.length() <= LONGEST && names.size() < MOST) {
      names.add(normal);
    }
  }

  /** Returns a name as it is compared: NFKC, lower case, letters and digits with single spaces, and the joints of identifiers. */
  public static String normalise(String name) {
    String plain = Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    StringBuilder out = new StringBuilder(plain.length());
    boolean gap = false;
    for (int i = 0; i < plain.length(); ) {
      int c = plain.codePointAt(i);
      i += Character.charCount(c);
      if (Character.isLetterOrDigit(c) || c == '_' || c == '$' || c == '.' && i < plain.length() && !out.isEmpty() && !gap) {
        if (gap && !out.isEmpty()) {
          out.append(' ');
        }
        out.appendCodePoint(c);
        gap = false;
      } else {
        gap = true;
      }
    }
    return out.toString();
  }
}
