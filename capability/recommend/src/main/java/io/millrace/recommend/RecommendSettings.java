// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

/**
 * How suggestions are made.
 *
 * @param strategy name under which learned weights are looked up and exposures are recorded
 * @param perSource candidates that each recall source proposes for each seed
 * @param seeds documents of the user's past that candidates are sought for
 * @param perPackage documents of one package on a list, unless nothing else is left
 * @param relevance from 0 to 1: what the ranker's order counts against variety
 */
public record RecommendSettings(String strategy, int perSource, int seeds, int perPackage, double relevance) {

  /** What is used unless a domain says otherwise. */
  public static final RecommendSettings DEFAULT = new RecommendSettings("default", 30, 5, 3, 0.7);

  public RecommendSettings {
    if (strategy.isBlank()) {
      throw new IllegalArgumentException("the strategy's name is blank");
    }
    if (perSource < 1 || seeds < 0 || perPackage < 1) {
      throw new IllegalArgumentException(
          "candidates per source " + perSource + " and documents per package " + perPackage
              + " must be positive, seeds " + seeds + " not negative");
    }
    if (!(relevance >= 0 && relevance <= 1)) {
      throw new IllegalArgumentException("relevance " + relevance + " is not from 0 to 1");
    }
  }
}
