// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

/**
 * How the passages of one language are ranked.
 *
 * @param k1 BM25's saturation of term frequency, not negative
 * @param b BM25's length normalisation, from 0 to 1
 * @param denseShare share of the dense score, from 0 to 1; BM25 has the rest
 * @param pairWeight what neighbouring words weigh that stand side by side in a passage as well, beside 1 for single words
 * @param smoothing how much a passage's neighbours say about it
 */
public record Ranking(double k1, double b, double denseShare, double pairWeight, Smoothing smoothing) {

  public Ranking {
    Settings.notNegative("k1", k1);
    Settings.share("b", b);
    Settings.share("dense share", denseShare);
    Settings.notNegative("pair weight", pairWeight);
  }

  /** The same with another share of the dense score. */
  public Ranking withDenseShare(double share) {
    return new Ranking(k1, b, share, pairWeight, smoothing);
  }

  /** The same with each passage judged by itself. */
  public Ranking alone() {
    return new Ranking(k1, b, denseShare, pairWeight, Smoothing.NONE);
  }

  /**
   * What lies close together is relevant to the same questions (van Rijsbergen's cluster hypothesis), so a passage's score is
   * drawn towards that of its nearest ones among the candidates (Diaz, "Regularizing Ad Hoc Retrieval Scores", CIKM 2005).
   *
   * @param candidates that are looked at, from the best
   * @param neighbours of each that count; 0 for no smoothing
   * @param weight of the neighbours beside 1 for the passage's own score
   */
  public record Smoothing(int candidates, int neighbours, double weight) {
    /** Each passage by itself. */
    public static final Smoothing NONE = new Smoothing(0, 0, 0);

    public Smoothing {
      Settings.notNegative("smoothed candidates", candidates);
      Settings.notNegative("neighbours", neighbours);
      Settings.notNegative("weight of neighbours", weight);
    }
  }
}
