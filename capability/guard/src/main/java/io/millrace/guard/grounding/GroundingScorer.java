// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.document.TextSpan;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Guard.Bearing;
import io.millrace.core.spi.Guard.Support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Ties a sentence to the words that bear it out best, and estimates whether they do. The words are found by what they share
 * with it; the estimate weighs what they share, what is lacking, numbers and names above all, and what they deny, by weights
 * that are trained with each domain on sentences of its own that were falsified (the idea of FactCC, Kryściński et al. 2020,
 * arXiv:1910.12840, without its encoder). Immutable.
 */
public final class GroundingScorer {

  /** The one file in an artifact's directory. */
  public static final String FILE = "grounding-scorer.json";

  /** "Yes": neither borne out nor refuted by what the sources have in common with it. */
  private static final Support NOTHING =
      new Support(Bearing.PARTLY, 0.5, -1, 0, 0, "the answer says nothing that could be checked");
  private static final Support NO_SOURCES =
      new Support(Bearing.NOT, 0, -1, 0, 0, "there are no sources to check it against");

  private final GroundingModel model;

  private GroundingScorer(GroundingModel model) {
    this.model = model;
  }

  /** Returns what is used where no model has been trained. */
  public static GroundingScorer untrained() {
    return new GroundingScorer(GroundingModel.UNTRAINED);
  }

  /**
   * Trains on true and falsified sentences out of a domain's passages.
   *
   * @param domain questions with their passages; a few thousand suffice
   * @return the untrained one where there are too few to learn from
   */
  public static GroundingScorer train(List<QuestionAnswer> domain, long seed) {
    return GroundingTraining.train(domain, seed).map(GroundingScorer::new).orElseGet(GroundingScorer::untrained);
  }

  /** Returns the traits of a sentence beside the sources; nothing where it has nothing that could be compared. */
  static Optional<Trait.Comparison> compared(String question, String sentence, List<String> evidence) {
    Claim claim = Claim.of(sentence, question);
    List<Source> sources = evidence.stream().map(Source::of).toList();
    Set<String> everywhere = new HashSet<>();
    sources.forEach(source -> everywhere.addAll(source.forms()));
    return claim.terms().isEmpty()
        ? Optional.empty()
        : claim.bestOf(sources).map(place -> new Trait.Comparison(claim, place.source(), sources.get(place.source()), place.span(), everywhere));
  }

  /**
   * Finds the words that bear a sentence out best.
   *
   * @param question what the sentence answers; what it says again needs no proof
   * @param evidence texts of passages
   */
  public Support support(String question, String sentence, List<String> evidence) {
    Optional<Trait.Comparison> compared = compared(question, sentence, evidence);
    if (compared.isEmpty()) {
      return evidence.stream().allMatch(String::isBlank) ? NO_SOURCES : NOTHING;
    }
    Trait.Comparison comparison = compared.get();
    double[] traits = comparison.traits();
    double score = model.score(traits);
    String objection = objection(comparison, traits);
    Bearing bearing =
        score < model.partly() ? Bearing.NOT
            : score < model.supported() || !objection.isEmpty() ? Bearing.PARTLY : Bearing.SUPPORTED;
    if (objection.isEmpty() && bearing != Bearing.SUPPORTED) {
      objection = "only %.0f %% of its content is in the sources".formatted(100 * traits[Trait.IN_SPAN.ordinal()]);
    }
    if (comparison.claim().terms().stream().noneMatch(term -> comparison.span().forms().contains(term.form()))) {
      return new Support(Bearing.NOT, 0, -1, 0, 0, objection.isEmpty() ? "nothing of it is in the sources" : objection);
    }
    TextSpan range = comparison.span().range();
    return new Support(bearing, score, comparison.place(), range.start(), range.end(), objection);
  }

  /** What alone keeps a sentence from counting as supported, in words; empty for nothing. */
  private static String objection(Trait.Comparison comparison, double[] traits) {
    List<String> numbers = comparison.claim().lacking(Term.Kind.NUMBER, comparison.everywhere());
    List<String> names = comparison.claim().lacking(Term.Kind.NAME, comparison.everywhere());
    if (!numbers.isEmpty()) {
      return "the sources do not have the number " + String.join(", ", numbers);
    }
    if (!names.isEmpty()) {
      return "the sources do not have the name " + String.join(", ", names);
    }
    return traits[Trait.DENIED.ordinal()] + traits[Trait.OPPOSITE.ordinal()] > 0
        ? "the sources say it with the opposite sense"
        : "";
  }

  /** Returns what was measured on pages that it was not trained on; empty for the untrained one. */
  public Map<String, Double> scores() {
    return model.scores();
  }

  /** Writes the model as {@link #FILE} into a directory. */
  public void save(Path directory) {
    try {
      Files.writeString(directory.resolve(FILE), Json.writePretty(model) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + directory.resolve(FILE), e);
    }
  }

  /**
   * Reads a model from a directory; the untrained one where it has none, as versions of the guard from before have not.
   *
   * @throws IllegalArgumentException when it is damaged, naming the file
   */
  public static GroundingScorer load(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return untrained();
    }
    try {
      return new GroundingScorer(Json.read(Files.readString(file, StandardCharsets.UTF_8), GroundingModel.class));
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(file + " is no grounding scorer (" + e.getMessage() + "): train it again", e);
    }
  }
}
