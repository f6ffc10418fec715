// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import java.time.Instant;
import java.util.Map;

/**
 * Weights of the recommendation ranker, learned from what was shown and what was opened.
 *
 * @param strategy whose
 * @param weights by feature name; {@code bias} is the intercept
 * @param examples shown items that were learned from
 * @param updatedAt time of the last event that is in here
 */
public record RankerWeights(String strategy, Map<String, Double> weights, long examples, Instant updatedAt) {

  public RankerWeights {
    weights = Map.copyOf(weights);
  }
}
