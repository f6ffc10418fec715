// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.document.Sentences;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A sentence as an answer might have it, beside passages, and whether it is true to them.
 *
 * @param document of the passage that it was taken from
 * @param question that it answers; may be empty
 * @param evidence passages
 * @param making how it was made
 */
public record Falsified(String document, String question, String sentence, List<String> evidence, boolean truth, Making making) {

  /** How a sentence was made false, or kept true. */
  public enum Making {
    AS_WRITTEN, SHORTENED, REORDERED, REWORDED, SHORT_ANSWER, NUMBER, NAME, EXCHANGED, DENIAL, OPPOSITE, FOREIGN, FOREIGN_END, FOREIGN_WORDS
  }

  private static final List<Making> TRUTHS = List.of(Making.AS_WRITTEN, Making.SHORTENED, Making.REORDERED, Making.REWORDED);
  private static final List<Making> FALSEHOODS =
      List.of(
          Making.NUMBER, Making.NAME, Making.EXCHANGED, Making.DENIAL, Making.OPPOSITE, Making.FOREIGN, Making.FOREIGN_END,
          Making.FOREIGN_WORDS);
  private static final Pattern COMMA = Pattern.compile(", |，");
  private static final int FEWEST_TERMS = 4;

  /** Makes true and false sentences, about as many of each, out of the passages of questions. */
  public static List<Falsified> of(List<QuestionAnswer> domain, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Falsified> examples = new ArrayList<>();
    for (int i = 0; i < domain.size(); i++) {
      QuestionAnswer item = domain.get(i);
      QuestionAnswer other = other(domain, i, random);
      if (!other.passage().equals(item.passage())) {
        new Maker(item, other, evidence(item, other(domain, i, random), random), random).add(examples);
      }
    }
    return examples;
  }

  /** Answers rest on one passage or on several, not all of which have to do with a sentence. */
  private static List<String> evidence(QuestionAnswer item, QuestionAnswer bystander, RandomGenerator random) {
    return random.nextBoolean() ? List.of(item.passage()) : List.of(bystander.passage(), item.passage());
  }

  /** Another item of the same language. */
  private static QuestionAnswer other(List<QuestionAnswer> domain, int i, RandomGenerator random) {
    for (int attempt = 0; attempt < 20; attempt++) {
      QuestionAnswer other = domain.get(random.nextInt(domain.size()));
      if (other.language() == domain.get(i).language() && !other.passage().equals(domain.get(i).passage())) {
        return other;
      }
    }
    return domain.get(i);
  }

  /** Makes the examples of one passage. */
  private static final class Maker {

    private final QuestionAnswer item;
    private final QuestionAnswer other;
    private final RandomGenerator random;
    private final List<String> evidence;

    /**
     * Begins.
     *
     * @param other gives what is foreign; not among the evidence
     */
    Maker(QuestionAnswer item, QuestionAnswer other, List<String> evidence, RandomGenerator random) {
      this.item = item;
      this.other = other;
      this.evidence = evidence;
      this.random = random;
    }

    void add(List<Falsified> examples) {
      List<String> own = sentences(item.passage());
      List<String> foreign = sentences(other.passage());
      if (own.isEmpty() || foreign.isEmpty()) {
        return;
      }
      falsehood(own, any(foreign)).ifPresent(examples::add);
      truth(own).ifPresent(examples::add);
      if (item.answerable() && other.answerable() && !item.passage().contains(other.answers().getFirst())) {
        examples.add(new Falsified(item.documentId(), item.question(), item.answers().getFirst(), evidence, true, Making.SHORT_ANSWER));
        examples.add(new Falsified(item.documentId(), item.question(), other.answers().getFirst(), evidence, false, Making.SHORT_ANSWER));
      }
    }

    /** Tries one way after the other, and each on every sentence: few have a number or a denial. */
    private Optional<Falsified> falsehood(List<String> own, String strange) {
      List<Making> ways = new ArrayList<>(FALSEHOODS);
      while (!ways.isEmpty()) {
        Making making = ways.remove(random.nextInt(ways.size()));
        for (String sentence : own) {
          Optional<String> made = falsified(making, random.nextInt(3) == 0 ? sentence : shortened(sentence), strange)
              .filter(each -> !item.passage().contains(each));
          if (made.isPresent()) {
            return made.map(each -> example(each, false, making));
          }
        }
      }
      return Optional.empty();
    }

    private Optional<Falsified> truth(List<String> own) {
      List<Making> ways = new ArrayList<>(TRUTHS);
      while (!ways.isEmpty()) {
        Making making = ways.remove(random.nextInt(ways.size()));
        for (String sentence : own) {
          Optional<String> made = kept(making, sentence);
          if (made.isPresent()) {
            return made.map(each -> example(each, true, making));
          }
        }
      }
      return Optional.empty();
    }

    private Optional<String> kept(Making making, String sentence) {
      return switch (making) {
        case AS_WRITTEN -> random.nextInt(3) == 0 ? Optional.of(sentence) : Optional.empty();
        case SHORTENED -> random.nextInt(3) == 0 ? Optional.of(shortened(sentence)) : Optional.empty();
        case REORDERED -> reordered(sentence);
        case REWORDED -> WordPairs.SYNONYMS.exchanged(shortened(sentence), random);
        default -> throw new IllegalArgumentException(making + " makes a sentence false");
      };
    }

    /** "When a, b" and "b, when a" say the same. */
    private static Optional<String> reordered(String sentence) {
      Matcher comma = COMMA.matcher(sentence);
      if (!comma.find() || comma.end() == sentence.length()) {
        return Optional.empty();
      }
      String end = sentence.matches("(?s).*[.。]") ? sentence.substring(sentence.length() - 1) : "";
      String last = sentence.substring(comma.end(), sentence.length() - end.length());
      return Optional.of(last + comma.group() + sentence.substring(0, comma.start()) + end);
    }

    private String any(List<String> sentences) {
      return sentences.get(random.nextInt(sentences.size()));
    }

    private Falsified example(String sentence, boolean truth, Making making) {
      return new Falsified(item.documentId(), random.nextBoolean() ? item.question() : "", sentence, evidence, truth, making);
    }

    private Optional<String> falsified(Making making, String sentence, String strange) {
      return switch (making) {
        case NUMBER -> replaced(sentence, Term.Kind.NUMBER, number -> Optional.of(otherNumber(number)));
        case NAME -> replaced(sentence, Term.Kind.NAME, name -> foreign(strange, Term.Kind.NAME, name));
        case EXCHANGED -> exchanged(sentence);
        case DENIAL -> Negation.turned(sentence, item.language());
        case OPPOSITE -> WordPairs.OPPOSITES.exchanged(sentence, random);
        case FOREIGN -> Optional.of(strange);
        case FOREIGN_END -> Optional.of(half(sentence, true) + " " + half(strange, false));
        case FOREIGN_WORDS -> foreignWords(sentence, strange);
        case AS_WRITTEN, SHORTENED, REORDERED, REWORDED, SHORT_ANSWER -> Optional.empty();
      };
    }

    /** Replaces one term of a kind, chosen by chance. */
    private Optional<String> replaced(
        String sentence, Term.Kind kind, Function<String, Optional<String>> by) {
      List<Term> terms = Terms.of(sentence).stream().filter(term -> term.kind() == kind).toList();
      if (terms.isEmpty()) {
        return Optional.empty();
      }
      Term term = terms.get(random.nextInt(terms.size()));
      return by.apply(sentence.substring(term.start(), term.end()))
          .map(word -> sentence.substring(0, term.start()) + word + sentence.substring(term.end()));
    }

    private String otherNumber(String number) {
      long near = number.matches("[0-9]{1,9}") ? Long.parseLong(number) : 0;
      return Long.toString(random.nextBoolean() ? near + 1 + random.nextInt(9) : near * 2 + 3);
    }

    private Optional<String> foreign(String strange, Term.Kind kind, String word) {
      List<Term> terms = Terms.of(strange).stream().filter(term -> term.kind() == kind).toList();
      if (terms.isEmpty()) {
        return Optional.empty();
      }
      Term term = terms.get(random.nextInt(terms.size()));
      String other = strange.substring(term.start(), term.end());
      return item.passage().contains(other) || other.equals(word) ? Optional.empty() : Optional.of(other);
    }

    /** Lets two names, or else two telling words, change places. */
    private Optional<String> exchanged(String sentence) {
      List<Term> terms = Terms.of(sentence);
      List<Term> names = terms.stream().filter(term -> term.kind() == Term.Kind.NAME).toList();
      List<Term> some = names.size() > 1 ? names : terms.stream().filter(term -> term.kind() != Term.Kind.PAIR).toList();
      if (some.size() < 2) {
        return Optional.empty();
      }
      Term one = some.getFirst();
      Term two = some.getLast();
      return one.form().equals(two.form())
          ? Optional.empty()
          : Optional.of(
              sentence.substring(0, one.start()) + sentence.substring(two.start(), two.end())
                  + sentence.substring(one.end(), two.start()) + sentence.substring(one.start(), one.end())
                  + sentence.substring(two.end()));
    }

    private Optional<String> foreignWords(String sentence, String strange) {
      Term.Kind kind = item.language() == Language.CHINESE ? Term.Kind.PAIR : Term.Kind.WORD;
      return replaced(sentence, kind, word -> foreign(strange, kind, word))
          .map(once -> random.nextBoolean() ? once : replaced(once, kind, word -> foreign(strange, kind, word)).orElse(once));
    }

    /** A half of a sentence, cut between terms. */
    private static String half(String sentence, boolean first) {
      List<Term> terms = Terms.of(sentence);
      int middle = terms.isEmpty() ? sentence.length() / 2 : terms.get(terms.size() / 2).start();
      return first ? sentence.substring(0, middle).strip() : sentence.substring(middle);
    }

    /** Leaves out some terms, as somebody does who says it in his own words; never one that denies. */
    private String shortened(String sentence) {
      StringBuilder kept = new StringBuilder();
      int from = 0;
      int left = 0;
      List<Term> terms = Terms.of(sentence);
      for (Term term : terms) {
        boolean word = term.kind() == Term.Kind.WORD || term.kind() == Term.Kind.PAIR;
        if (word && term.start() >= from && left < terms.size() / 3 && random.nextInt(5) == 0) {
          kept.append(sentence, from, term.start());
          from = term.end();
          left++;
        }
      }
      return kept.append(sentence.substring(from)).toString().strip();
    }

    private static List<String> sentences(String passage) {
      return Sentences.spans(passage).stream().map(range -> range.of(passage))
          .filter(sentence -> Terms.of(sentence).size() >= FEWEST_TERMS).toList();
    }
  }
}
