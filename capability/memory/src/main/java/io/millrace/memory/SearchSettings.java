// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;

import java.util.function.UnaryOperator;

/**
 * How the index is searched. Nothing here changes what is stored, so any value may be tried without a rebuild.
 *
 * @param english how English passages are ranked
 * @param chinese how Chinese ones are
 * @param headingWeight occurrences in the heading count so many times those in the text, at least 1
 * @param pathWeight the same for the path, which ends in the document's title
 * @param nameWeight weight of exact names (see {@link Names}) beside 1 for BM25 and dense together, not negative
 * @param candidates passages that each retriever proposes for fusion, at least
 * @param perDocument passages of one document that may stand ahead of other documents' passages
 * @param repeatFrom similarity of texts from which a passage is named beside the one that it repeats, from 0.5 to 1;
 *     {@link #NO_MERGING} to show every one
 */
public record SearchSettings(
    Ranking english,
    Ranking chinese,
    double headingWeight,
    double pathWeight,
    double nameWeight,
    int candidates,
    int perDocument,
    double repeatFrom) {

  /** A similarity that no two texts have. */
  public static final double NO_MERGING = 2;

  /**
   * Chosen on Cranfield (English) and CMRC 2018 (Chinese), the graph's weights on made-up questions, held against people's questions of
   * java-docs; the same values serve every domain.
   */
  public static final SearchSettings DEFAULT =
      new SearchSettings(
          new Ranking(1.2, 0.6, 0.5, 0.2, new Ranking.Smoothing(200, 4, 0.7), new Ranking.GraphWeight(0.8, 0)),
          new Ranking(0.6, 0.3, 0.5, 0.3, Ranking.Smoothing.NONE, new Ranking.GraphWeight(0.8, 0.3)),
          2,
          1.5,
          0.5,
          100,
          3,
          0.9);

  public SearchSettings {
    if (!(headingWeight >= 1 && pathWeight >= 1)) {
      throw new IllegalArgumentException(
          "heading weight " + headingWeight + " and path weight " + pathWeight + " must be at least 1");
    }
    Settings.notNegative("name weight", nameWeight);
    if (candidates < 1 || perDocument < 1) {
      throw new IllegalArgumentException(
          "candidates " + candidates + " and passages per document " + perDocument + " must be positive");
    }
    if (repeatFrom != NO_MERGING && !(repeatFrom >= 0.5 && repeatFrom <= 1)) {
      throw new IllegalArgumentException("texts that repeat each other from a similarity of " + repeatFrom + " on: use 0.5 to 1");
    }
  }

  /** Settings under which every passage that nearly repeats another takes a place of its own. */
  public SearchSettings withoutMerging() {
    return new SearchSettings(
        english, chinese, headingWeight, pathWeight, nameWeight, candidates, perDocument, NO_MERGING);
  }

  /** Returns how passages of a language are ranked. */
  public Ranking ranking(Language language) {
    return switch (language) {
      case ENGLISH -> english;
      case CHINESE -> chinese;
    };
  }

  /** The same with every language ranked in another way. */
  public SearchSettings with(UnaryOperator<Ranking> change) {
    return new SearchSettings(
        change.apply(english), change.apply(chinese), headingWeight, pathWeight, nameWeight, candidates, perDocument,
        repeatFrom);
  }
}
