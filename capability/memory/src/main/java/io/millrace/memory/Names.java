// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import org.apache.lucene.analysis.en.EnglishAnalyzer;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The identifiers that a question asks about and those that a passage is about. Who writes {@code Consumer.poll} wants
 * the section of that name, however much another one speaks of consumers that poll.
 *
 * <p>Names are kept as they are written and in lower case. What can be nothing but an identifier is sought without
 * regard to case; a word that may be one, such as a capitalised one, only as it is written.
 */
final class Names {

  private static final String WORD = "[A-Za-z_$][A-Za-z0-9_$]*";

  /** One or more words joined as code joins them, perhaps called. */
  private static final Pattern CHAIN = Pattern.compile("(" + WORD + "(?:(?:\\.|#|::)" + WORD + ")*)\\s?(\\()?");

  private static final Pattern JOINT = Pattern.compile("\\.|#|::");
  private static final Pattern IDENTIFIER = Pattern.compile(WORD);

  /** A word is a name, too, where the question says what kind of thing it is. */
  private static final Pattern KIND_BEFORE =
      Pattern.compile("(?:method|function|class|interface|annotation|field|constant|enum)s?\\s$", Pattern.CASE_INSENSITIVE);

  private static final Pattern KIND_AFTER =
      Pattern.compile(
          "^\\s?(?:method|function|class|interface|annotation|field|constant|enum)\\b", Pattern.CASE_INSENSITIVE);

  /** Beside the analyzer's stop words, what stands next to a kind without being a name. */
  private static final Set<String> NO_NAMES =
      Set.of("do", "does", "did", "which", "what", "how", "this", "that", "each", "one", "my", "can", "should", "has", "have");

  /** A question names a handful of things; pasted code holds hundreds. */
  private static final int MOST = 16;

  /** Characters of a name: what is longer is data, and no index takes terms of any length. */
  private static final int LONGEST = 500;

  /** Characters around a word in which its kind is looked for. */
  private static final int WINDOW = 12;

  private Names() {}

  /** Returns the identifiers that a question names, as terms of {@link #terms}. */
  static Set<String> of(String question) {
    Set<String> names = new LinkedHashSet<>();
    boolean han = HanAnalyzer.holdsHan(question);
    Matcher chains = CHAIN.matcher(question);
    while (chains.find() && names.size() < MOST) {
      String[] parts = JOINT.split(chains.group(1));
      boolean called = chains.group(2) != null;
      boolean joined = parts.length > 1;
      // Of a qualified name the last two parts say what is meant: the class and its member, or package and class.
      for (int i = Math.max(0, parts.length - 2); i < parts.length; i++) {
        String part = parts[i];
        boolean surely = joined || mixed(part) || called && i == parts.length - 1;
        if (part.length() < 2) {
          continue;
        }
        if (surely || han || kindSaid(question, part, chains)) {
          names.add(part.toLowerCase(Locale.ROOT));
        } else if (Character.isUpperCase(part.charAt(0))) {
          names.add(part);
        }
      }
    }
    return names;
  }

  private static boolean mixed(String word) {
    for (int i = 1; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '_' || c == '$' || Character.isUpperCase(c) && !Character.isUpperCase(word.charAt(i - 1))) {
        return true;
      }
    }
    return false;
  }

  private static boolean kindSaid(String question, String word, Matcher at) {
    String lower = word.toLowerCase(Locale.ROOT);
    if (NO_NAMES.contains(lower) || EnglishAnalyzer.getDefaultStopSet().contains(lower)) {
      return false;
    }
    return KIND_BEFORE.matcher(question).region(Math.max(0, at.start(1) - WINDOW), at.start(1)).find()
        || KIND_AFTER.matcher(question).region(at.end(1), Math.min(question.length(), at.end(1) + WINDOW)).lookingAt();
  }

  /** Returns the terms under which a passage's document is known. */
  static Set<String> ofDocument(Passage passage) {
    return passage.path().isEmpty() ? Set.of() : terms(passage.path().getLast());
  }

  /** Returns the terms under which a passage's section is known, where it is another name than its document's. */
  static Set<String> ofSection(Passage passage) {
    Set<String> section = terms(passage.heading());
    return section.equals(ofDocument(passage)) ? Set.of() : section;
  }

  /** Returns a name, and the last part of one such as {@code Map.Entry}; nothing for a heading of several words. */
  private static Set<String> terms(String heading) {
    Set<String> terms = new LinkedHashSet<>();
    String bare = heading.strip();
    String last = bare.substring(bare.lastIndexOf('.') + 1);
    if (last.length() <= LONGEST && IDENTIFIER.matcher(last).matches()) {
      terms.add(last);
      terms.add(last.toLowerCase(Locale.ROOT));
    }
    return terms;
  }
}
