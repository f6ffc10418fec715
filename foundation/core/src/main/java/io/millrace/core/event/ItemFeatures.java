// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.event;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.time.Duration;
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
 * @param use searches that showed it, clicks, citations and what people said of them, weighted, decayed with a half-life
 *     of {@value #USE_HALF_LIFE_DAYS} days, as of {@code updatedAt}
 * @param useByTenant the same by whose it was: of users of each tenant, and under the empty name of those who have none; features of the first
 *     versions do not say
 * @param updatedAt time of the last event that is in here
 */
public record ItemFeatures(
    String document,
    long clicks,
    long exposures,
    double popularity,
    Map<String, Double> coVisits,
    double rating,
    double use,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> useByTenant,
    Instant updatedAt) {

  /** Days in which use loses half its worth: what is asked for once a season still counts at the next one. */
  public static final int USE_HALF_LIFE_DAYS = 30;

  public ItemFeatures {
    coVisits = Map.copyOf(coVisits);
    useByTenant = useByTenant == null ? Map.of() : Map.copyOf(useByTenant);
  }

  /** Features of a document of whose use it is not known whose it was. */
  public ItemFeatures(
      String document,
      long clicks,
      long exposures,
      double popularity,
      Map<String, Double> coVisits,
      double rating,
      double use,
      Instant updatedAt) {
    this(document, clicks, exposures, popularity, coVisits, rating, use, Map.of(), updatedAt);
  }

  /** Features of a document whose use is not known. */
  public ItemFeatures(
      String document,
      long clicks,
      long exposures,
      double popularity,
      Map<String, Double> coVisits,
      double rating,
      Instant updatedAt) {
    this(document, clicks, exposures, popularity, coVisits, rating, 0, Map.of(), updatedAt);
  }

  /** Returns what use of one time is worth at another. */
  public static double decayed(double use, Instant then, Instant now) {
    double days = Duration.between(then, now).toMillis() / (double) Duration.ofDays(1).toMillis();
    return use * Math.pow(0.5, days / USE_HALF_LIFE_DAYS);
  }

  /** Returns what the use is worth at a moment. */
  public double useAt(Instant now) {
    return decayed(use, updatedAt, now);
  }
}
