// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;

/**
 * How the index is searched. Nothing here changes what is stored, so any value may be tried without a rebuild.
 *
 * @param k1 BM25's saturation of term frequency, not negative
 * @param b BM25's length normalisation, from 0 to 1
 * @param headingWeight occurrences in the heading count so many times those in the text, at least 1
 * @param pathWeight the same for the path, which ends in the document's title
 * @param denseEnglish share of the dense score for English questions, from 0 to 1; BM25 has the rest
 * @param denseChinese share of the dense score for Chinese questions
 * @param nameWeight weight of exact names (see {@link Names}) beside 1 for BM25 and dense together, not negative
 * @param candidates passages that each retriever proposes for fusion, at least
 * @param perDocument passages of one document that may stand ahead of other documents' passages
 */
public record SearchSettings(
    double k1,
    double b,
    double headingWeight,
    double pathWeight,
    double denseEnglish,
    double denseChinese,
    double nameWeight,
    int candidates,
    int perDocument) {

  /** Chosen on Cranfield (English) and CMRC 2018 (Chinese); the same values serve every domain. */
  public static final SearchSettings DEFAULT = new SearchSettings(0.9, 0.4, 2, 1.5, 0.6, 0.5, 0.5, 100, 3);

  public SearchSettings {
    if (!(k1 >= 0 && Double.isFinite(k1))) {
      throw new IllegalArgumentException("k1 " + k1 + " is not a finite number from 0");
    }
    checkShare("b", b);
    checkShare("denseEnglish", denseEnglish);
    checkShare("denseChinese", denseChinese);
    if (!(headingWeight >= 1 && pathWeight >= 1)) {
      throw new IllegalArgumentException(
          "heading weight " + headingWeight + " and path weight " + pathWeight + " must be at least 1");
    }
    if (!(nameWeight >= 0 && Double.isFinite(nameWeight))) {
      throw new IllegalArgumentException("name weight " + nameWeight + " is not a finite number from 0");
    }
    if (candidates < 1 || perDocument < 1) {
      throw new IllegalArgumentException(
          "candidates " + candidates + " and passages per document " + perDocument + " must be positive");
    }
  }

  /** Returns the share of the dense score for questions of a language. */
  public double denseWeight(Language language) {
    return switch (language) {
      case ENGLISH -> denseEnglish;
      case CHINESE -> denseChinese;
    };
  }

  private static void checkShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " " + value + " is not from 0 to 1");
    }
  }
}
