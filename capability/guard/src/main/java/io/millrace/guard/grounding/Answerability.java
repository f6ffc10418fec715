// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Whether what was found can answer a question, judged before anything is read or written: a search always returns the nearest
 * passages, however far away they are. It weighs how much of the question the best passage holds, how much all of them
 * do, and how near the nearest one is in meaning; a name that none of them bears weighs most, since a question about a
 * library that is not there looks like one about a library that is, but for the library's name.
 *
 * <p>The weights were fitted to questions of one collection that were put to another one, and to questions whose library was
 * taken away; the limits were set so that hardly any question of a collection is refused by it (docs/lab-notes.md).
 *
 * @param answerable whether it is worth reading on
 * @param score log-odds that the passages answer; above 0 likely
 * @param unknown names in the question, as written, that none of the passages has
 */
public record Answerability(boolean answerable, double score, List<String> unknown) {

  /** Log-odds below which a name that is nowhere to be found settles it. */
  private static final double DOUBTFUL = 0;
  /** Of a Latin word in a Chinese question, which nearly always names something. */
  private static final double LATIN_WORD = 3;
  /** Here a number is a detail, while in an answer it is what was asked for. */
  private static final double NUMBER = 1;

  public Answerability {
    unknown = List.copyOf(unknown);
  }

  /**
   * Weights of the log-odds.
   *
   * @param best of the share that the best passage holds
   * @param all of the share that all passages hold together
   * @param cosine of the nearest passage's cosine, as bge-small gives it; 0 where embeddings judged none
   * @param limit log-odds from which on it is worth reading
   */
  private record Weights(double best, double all, double cosine, double bias, double limit) {

    private static final Weights ENGLISH = new Weights(4.8, 3.2, 11, -13.2, -3.5);
    private static final Weights ENGLISH_WORDS = new Weights(7.3, 4.3, 0, -7.5, -3.7);
    private static final Weights CHINESE = new Weights(7.2, 3.8, 5.1, -9.1, -3.1);
    private static final Weights CHINESE_WORDS = new Weights(7.7, 4.2, 0, -6.5, -3.5);

    static Weights of(Language language, boolean judgedByMeaning) {
      return switch (language) {
        case ENGLISH -> judgedByMeaning ? ENGLISH : ENGLISH_WORDS;
        case CHINESE -> judgedByMeaning ? CHINESE : CHINESE_WORDS;
      };
    }
  }

  /**
   * Judges what was found.
   *
   * @param question as the memory was asked
   * @param hits all that it found
   */
  public static Answerability of(String question, List<Hit> hits) {
    if (hits.isEmpty()) {
      return new Answerability(false, Double.NEGATIVE_INFINITY, List.of());
    }
    Language language = Language.of(question);
    List<Term> terms = Terms.of(question);
    List<String> texts = hits.stream().map(hit -> hit.passage().textInContext()).toList();
    Set<String> everywhere = new HashSet<>();
    double best = 0;
    for (String text : texts) {
      Set<String> forms = Source.forms(Terms.of(text));
      everywhere.addAll(forms);
      best = Math.max(best, share(terms, forms, language));
    }
    double nearest = nearest(hits);
    boolean judgedByMeaning = !Double.isNaN(nearest);
    Weights weights = Weights.of(language, judgedByMeaning);
    double score =
        weights.best() * best + weights.all() * share(terms, everywhere, language)
            + (judgedByMeaning ? weights.cosine() * nearest : 0) + weights.bias();
    List<String> unknown = unknown(question, terms, language, everywhere, texts);
    // What is called as the question says answers for the names.
    boolean named = hits.stream().anyMatch(hit -> hit.evidence().stream().anyMatch(each -> each.retriever().equals("name")));
    // A question of which nothing can be compared is given the benefit of the doubt.
    boolean doubtful = !unknown.isEmpty() && !named && score < DOUBTFUL;
    return new Answerability(terms.isEmpty() || !doubtful && score >= weights.limit(), score, unknown);
  }

  /** The share of a question's weight that is held; 0 where it has none. */
  private static double share(List<Term> terms, Set<String> held, Language language) {
    double all = 0;
    double shared = 0;
    for (Term term : terms) {
      double weight = weight(term, language);
      all += weight;
      shared += held.contains(term.form()) ? weight : 0;
    }
    return all == 0 ? 0 : shared / all;
  }

  private static double weight(Term term, Language language) {
    return switch (term.kind()) {
      case NUMBER -> NUMBER;
      case WORD -> language == Language.CHINESE ? LATIN_WORD : term.kind().weight();
      case NAME, PAIR -> term.kind().weight();
    };
  }

  private static List<String> unknown(
      String question, List<Term> terms, Language language, Set<String> everywhere, List<String> texts) {
    List<String> lower = texts.stream().map(text -> text.toLowerCase(Locale.ROOT)).toList();
    return terms.stream()
        .filter(term -> term.kind() == Term.Kind.NAME || language == Language.CHINESE && term.kind() == Term.Kind.WORD)
        .filter(term -> !everywhere.contains(term.form()))
        .map(term -> question.substring(term.start(), term.end()))
        .filter(name -> lower.stream().noneMatch(text -> text.contains(name.toLowerCase(Locale.ROOT))))
        .distinct()
        .toList();
  }

  /** The highest cosine; NaN where embeddings judged no hit, be it for want of time or since all are in another language. */
  private static double nearest(List<Hit> hits) {
    return hits.stream().flatMap(hit -> hit.evidence().stream())
        .filter(evidence -> evidence.retriever().equals("dense"))
        .mapToDouble(Evidence::raw)
        .filter(cosine -> !Double.isNaN(cosine))
        .max()
        .orElse(Double.NaN);
  }
}
