// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** Suggests documents to a user. Safe for use by several threads. */
public interface Recommender {

  /** Returns the suggestions, best first. */
  Result recommend(Request request);

  /**
   * For whom and where.
   *
   * @param user opaque identity
   * @param context document being looked at; null on a start page
   * @param limit how many at most, from 1 to 100
   * @param access what the user may see: nothing else is suggested, nor has a part in what is
   */
  record Request(String user, @Nullable String context, int limit, Access access) {
    public Request {
      if (limit < 1 || limit > 100) {
        throw new IllegalArgumentException("limit " + limit + " is not from 1 to 100");
      }
    }
  }

  /**
   * What is suggested.
   *
   * @param strategy name of the strategy and arm that made the list
   */
  record Result(List<Recommendation> items, String strategy) {
    public Result {
      items = List.copyOf(items);
    }
  }

  /**
   * One suggestion.
   *
   * @param document its identity
   * @param score the ranker's estimate that it will be opened
   * @param sources which recall sources proposed it, with their scores
   * @param features what the ranker saw
   * @param reasons for the person: short codes with an argument, for example {@code linked-from:IndexWriter}
   */
  record Recommendation(
      String document,
      double score,
      Map<String, Double> sources,
      Map<String, Double> features,
      List<String> reasons) {
    public Recommendation {
      sources = Map.copyOf(sources);
      features = Map.copyOf(features);
      reasons = List.copyOf(reasons);
    }
  }
}
