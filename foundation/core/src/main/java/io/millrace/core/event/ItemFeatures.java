// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.event;

import java.time.Instant;
import java.util.Map;

/**
 * What is known of a document from events: the value of {@link io.millrace.core.log.Topic#ITEM_FEATURES}.
 *
 * @param document whose
 * @param clicks times opened
 * @param exposures times shown
 * @param popularity clicks decayed with a half-life of a day, as of {@code updatedAt}
 * @param coVisits documents opened in the same session, with decayed counts; at most 50
 * @param rating sum of ratings
 * @param updatedAt time of the last event that is in here
 */
public record ItemFeatures(
    String document,
    long clicks,
    long exposures,
    double popularity,
    Map<String, Double> coVisits,
    double rating,
    Instant updatedAt) {

  public ItemFeatures {
    coVisits = Map.copyOf(coVisits);
  }
}
