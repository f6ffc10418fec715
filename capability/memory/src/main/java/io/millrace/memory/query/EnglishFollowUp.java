// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.memory.query.EnglishWords.Word;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whether an English question leans on what was said before it, and where. A pronoun whose antecedent stands in the question itself
 * (in another clause, as the binding principles of Chomsky, "Lectures on Government and Binding", 1981, have it; for possessives and
 * reflexives anywhere before) does not lean, and neither does the empty "it" of "is it possible to".
 */
final class EnglishFollowUp {

  private static final Pattern EMPTY_IT =
      Pattern.compile(
          "\\b(?:it|it's|it is)\\s+(?:(?:possible|necessary|safe|ok|okay|allowed|better|best|worth|true|enough|wise|legal|advisable|recommended"
              + "|required|bad|good|sensible|correct|right|normal|common|likely|easy|hard|difficult|faster|slower|cheaper|important)\\b.*\\b(?:to|that|if"
              + "|when|for|\\w+ing)\\b|(?:takes?|took|costs?|matters?|makes? sense|happens?|means?|seems?)\\b.*\\b(?:to|if|when|that|which|whether|in)\\b)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern WHAT_IF = Pattern.compile("^(?:and |but |so |ok,? |okay,? )*what if\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern OTHER_THING = Pattern.compile("^(?:and |but |so |ok,? |okay,? )*(?:what|how) about\\s+", Pattern.CASE_INSENSITIVE);

  /** After these a "that" is no conjunction. */
  private static final Set<String> BEFORE_THAT =
      Set.of("do", "does", "did", "is", "are", "was", "were", "can", "could", "would", "should", "will", "about", "like", "of", "for", "with", "to", "from",
          "in", "on", "by", "after", "before", "without", "than", "why", "how", "explain", "and", "but", "doesn't", "don't", "isn't", "didn't");

  private static final Set<String> CATAPHORIC = Set.of("who", "that", "which", "of", "year", "week", "month", "time", "way", "from", "with");

  private static final Set<String> REFLEXIVES = Set.of("itself", "themselves");

  private static final Set<String> QUANTIFIERS = Set.of("everything", "anything", "something", "nothing", "all", "each", "both", "any", "one", "some");

  private EnglishFollowUp() {}

  /** Returns how a question leans, or null where it stands alone. */
  static @Nullable Leaning of(EnglishWords question) {
    List<Word> words = question.words();
    if (words.isEmpty()) {
      return null;
    }
    var other = OTHER_THING.matcher(question.text());
    if (other.find()) {
      return new Leaning(Leaning.Kind.OTHER_THING, other.end(), other.end());
    }
    if (WHAT_IF.matcher(question.text()).find()) {
      return new Leaning(Leaning.Kind.BARE, 0, 0);
    }
    int body = 0;
    while (body < words.size() - 1 && Lexicon.OPENERS.contains(words.get(body).lower())) {
      body++;
    }
    int start = words.get(body).start();
    for (int i = body; i < words.size(); i++) {
      if (stands(question, i) && !antecedent(words, body, i)) {
        return new Leaning(possessive(words.get(i)) ? Leaning.Kind.POSSESSIVE : Leaning.Kind.PRONOUN, start, i);
      }
    }
    List<Word> rest = words.subList(body, words.size());
    long telling = rest.stream().filter(Word::telling).count();
    boolean bare = rest.stream().noneMatch(Word::content) && rest.stream().anyMatch(word -> Lexicon.ASKING.contains(word.lower()));
    if (bare) {
      return new Leaning(Leaning.Kind.BARE, start, start);
    }
    boolean asks = rest.stream().anyMatch(Word::function);
    if (telling == 0 && (asks || rest.size() == 1 && Lexicon.LEANING.contains(rest.getFirst().lower()))) {
      return new Leaning(Leaning.Kind.ELLIPSIS, start, start);
    }
    // "And for floats?": no clause of its own.
    boolean clause = rest.stream().anyMatch(word -> Lexicon.AUXILIARIES.contains(word.lower()) || Lexicon.ASKING.contains(word.lower()));
    if (body > 0 && !clause && rest.size() <= 6) {
      return new Leaning(Leaning.Kind.OTHER_THING, start, start);
    }
    // "How do I close?": a verb, and nobody says of what.
    if (telling == 1 && objectless(rest)) {
      return new Leaning(Leaning.Kind.ELLIPSIS, start, start);
    }
    return null;
  }

  private static boolean objectless(List<Word> rest) {
    Word last = rest.getLast();
    return rest.size() >= 3 && Lexicon.ASKING.contains(rest.getFirst().lower()) && Lexicon.AUXILIARIES.contains(rest.get(1).lower())
        && Lexicon.PERSONS.contains(rest.get(2).lower()) && last.telling() && !last.name() && rest.size() == 4;
  }

  private static boolean possessive(Word word) {
    return Lexicon.POSSESSIVES.contains(word.lower());
  }

  /** Whether a word stands for something else. */
  private static boolean stands(EnglishWords question, int at) {
    List<Word> words = question.words();
    Word word = words.get(at);
    if (word.name()) {
      return false;
    }
    if (Lexicon.PRONOUNS.contains(word.lower())) {
      String from = question.text().substring(word.start());
      boolean empty = word.lower().startsWith("it") && EMPTY_IT.matcher(from).lookingAt();
      return !empty;
    }
    if (possessive(word)) {
      return true;
    }
    if (!Lexicon.DEMONSTRATIVES.contains(word.lower())) {
      return false;
    }
    String next = at + 1 < words.size() ? words.get(at + 1).lower() : "";
    if (CATAPHORIC.contains(next)) {
      return false;
    }
    String before = at == 0 ? "" : words.get(at - 1).lower();
    return switch (word.lower()) {
      case "that" -> at == 0 ? !next.isEmpty() : next.isEmpty() || BEFORE_THAT.contains(before);
      default -> true;
    };
  }

  /** Whether what a pronoun stands for can be found in the question before it. */
  private static boolean antecedent(List<Word> words, int body, int pronoun) {
    int end = pronoun;
    // "A folder with everything in it"
    boolean within =
        pronoun >= body + 2 && Lexicon.PREPOSITIONS.contains(words.get(pronoun - 1).lower()) && QUANTIFIERS.contains(words.get(pronoun - 2).lower());
    if (!within && !possessive(words.get(pronoun)) && !REFLEXIVES.contains(words.get(pronoun).lower())) {
      while (end > body && !(Lexicon.BOUNDARIES.contains(words.get(end - 1).lower()) || words.get(end).paused())) {
        end--;
      }
    }
    for (int i = body; i < end; i++) {
      if (words.get(i).name() || noun(words, body, i)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a word is a noun that something may stand for, as far as what is before it shows. */
  private static boolean noun(List<Word> words, int body, int at) {
    Word word = words.get(at);
    if (!word.telling() || at == body) {
      return false;
    }
    String before = words.get(at - 1).lower();
    if (Lexicon.DETERMINERS.contains(before) || Lexicon.PREPOSITIONS.contains(before) && !before.equals("to")) {
      return true;
    }
    boolean subject = Lexicon.AUXILIARIES.contains(before);
    return subject || at >= 2 && words.get(at - 1).content() && Lexicon.DETERMINERS.contains(words.get(at - 2).lower());
  }
}
