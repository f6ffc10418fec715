// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What speaks for a candidate, in the order in which {@link Fusion} takes it in: words and meaning share 1 between them, and each other kind
 * weighs so much beside 1 for all before it. A further one is a constant here and a value in {@link Fusion.Candidate}; weights, explanations, what is written
 * down of a search and what is learned from it follow.
 */
public enum EvidenceKind {
  /** How much of what the question names the passage is called; beside words and meaning. */
  NAME,
  /** Words, scaled over the candidates. */
  BM25,
  /** Meaning, scaled over the candidates. */
  DENSE,
  /** Nearness in the graph of names and links; {@link GraphNearness} scales it. */
  GRAPH {
    @Override
    double raw(double scaled) {
      return GraphNearness.raw(scaled);
    }
  },
  /**
   * How new the document is: one half after {@value #HALF_AGE_DAYS} days, as in the plan of evictions. A hyperbola and no half-life: what a
   * domain holds is days to years old, and of an exponential nothing is left after one year that would set it apart from three.
   */
  RECENCY {
    @Override
    double scaled(double ageDays) {
      return HALF_AGE_DAYS / (HALF_AGE_DAYS + Math.max(0, ageDays));
    }

    @Override
    double raw(double scaled) {
      return HALF_AGE_DAYS / scaled - HALF_AGE_DAYS;
    }
  },
  /**
   * Of what use the document is, see {@link io.millrace.core.event.ItemFeatures}: one half at {@value #HALF_USE}, which is what opening it every five
   * days comes to. Counts differ by powers of ten, so logarithms are compared, and nobody gets away from the others by being opened ever more.
   */
  USE {
    @Override
    double scaled(double use) {
      double magnitude = Math.log1p(Math.max(0, use));
      return magnitude / (magnitude + Math.log1p(HALF_USE));
    }

    @Override
    double raw(double scaled) {
      return Math.expm1(Math.log1p(HALF_USE) * scaled / (1 - scaled));
    }
  };

  /** The name, among evidence, of what a hit's neighbours say of it: it weighs after all kinds. */
  public static final String NEIGHBOURS = "neighbours";

  /** The name, among evidence, of what a re-ranker says of a hit: it weighs after all kinds. */
  public static final String RERANKER = "reranker";

  private static final double HALF_AGE_DAYS = 30;
  private static final double HALF_USE = 10;

  /** Those that weigh beside words and meaning, in their order. */
  public static final List<EvidenceKind> BESIDE = Stream.of(values()).filter(EvidenceKind::isBeside).toList();

  /** Returns its name in explanations and files. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the kind of a name; empty for what is none. */
  public static Optional<EvidenceKind> ofCode(String code) {
    return Stream.of(values()).filter(kind -> kind.code().equals(code)).findFirst();
  }

  /** Whether it has a weight of its own beside words and meaning, which share 1 between them. */
  public boolean isBeside() {
    return this != BM25 && this != DENSE;
  }

  /** Returns a value of its own on the scale from 0 to 1; the same whatever else was found. */
  double scaled(double raw) {
    return raw;
  }

  /** Returns the value that stands on the scale so high. */
  double raw(double scaled) {
    return scaled;
  }
}
