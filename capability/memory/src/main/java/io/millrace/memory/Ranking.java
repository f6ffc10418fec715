// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Retriever.Aim;

/**
 * How the passages of one language are ranked.
 *
 * @param k1 BM25's saturation of term frequency, not negative
 * @param b BM25's length normalisation, from 0 to 1
 * @param denseShare share of the dense score, from 0 to 1; BM25 has the rest
 * @param pairWeight what neighbouring words weigh that stand side by side in a passage as well, beside 1 for single words
 * @param smoothing how much a passage's neighbours say about it
 * @param graph what nearness in the graph of names and links weighs
 */
public record Ranking(
    double k1, double b, double denseShare, double pairWeight, Smoothing smoothing, GraphWeight graph) {

  public Ranking {
    Settings.notNegative("k1", k1);
    Settings.share("b", b);
    Settings.share("dense share", denseShare);
    Settings.notNegative("pair weight", pairWeight);
  }

  /** A ranking in which the graph has no say. */
  public Ranking(double k1, double b, double denseShare, double pairWeight, Smoothing smoothing) {
    this(k1, b, denseShare, pairWeight, smoothing, GraphWeight.NONE);
  }

  /** The same with another share of the dense score. */
  public Ranking withDenseShare(double share) {
    return new Ranking(k1, b, share, pairWeight, smoothing, graph);
  }

  /** The same with another weight of the graph. */
  public Ranking withGraph(GraphWeight weight) {
    return new Ranking(k1, b, denseShare, pairWeight, smoothing, weight);
  }

  /** The same with each passage judged by itself. */
  public Ranking alone() {
    return new Ranking(k1, b, denseShare, pairWeight, Smoothing.NONE, GraphWeight.NONE);
  }

  /**
   * What nearness in the graph of names and links weighs beside 1 for all other evidence.
   *
   * @param answer where one answer is sought, not negative; 0 to leave the graph out
   * @param survey where all that is relevant is
   */
  public record GraphWeight(double answer, double survey) {
    /** The graph is left out. */
    public static final GraphWeight NONE = new GraphWeight(0, 0);

    public GraphWeight {
      Settings.notNegative("weight of the graph in answers", answer);
      Settings.notNegative("weight of the graph in surveys", survey);
    }

    /** Returns the weight for an aim. */
    public double of(Aim aim) {
      return switch (aim) {
        case ANSWER -> answer;
        case SURVEY -> survey;
      };
    }
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
