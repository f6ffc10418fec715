// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.document.Language;
import io.millrace.core.event.ItemFeatures;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Catalogue.Entry;
import io.millrace.recommend.Recall.Candidate;
import io.millrace.recommend.Recall.Proposals;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Computes what the ranker sees of each candidate in one situation; see {@link Feature} for the meanings. */
final class FeatureExtraction {

  private static final int MOST_DISLIKED = 5;

  private final Situation situation;
  private final Proposals proposals;
  private final FeatureView behaviour;
  private final LinkGraph graph;
  private final Access access;
  private final Likeness likeness;
  private final Instant now;
  private final @Nullable Language language;
  private final double strongestAffinity;
  private final double nearestToContext;
  private final double nearestToRecent;

  FeatureExtraction(
      Situation situation,
      Proposals proposals,
      FeatureView behaviour,
      LinkGraph graph,
      Catalogue catalogue,
      Access access,
      Likeness likeness,
      Instant now) {
    this.situation = situation;
    this.proposals = proposals;
    this.behaviour = behaviour;
    this.graph = graph;
    this.access = access;
    this.likeness = likeness;
    this.now = now;
    this.language = language(situation, catalogue, access);
    this.strongestAffinity = highest(situation.user().affinity());
    this.nearestToContext = highest(proposals.linkContext());
    this.nearestToRecent = highest(proposals.linkRecent());
  }

  /** Returns the features that are not 0. */
  Map<String, Double> of(Candidate candidate) {
    String id = candidate.entry().id();
    Map<String, Double> features = new HashMap<>();
    contentAndCoVisits(id, features);
    put(features, Feature.LINK_CONTEXT, share(proposals.linkContext().get(id), nearestToContext));
    put(features, Feature.LINK_RECENT, share(proposals.linkRecent().get(id), nearestToRecent));
    int inDegree = graph.inDegree(id, access);
    put(features, Feature.CENTRALITY, inDegree / (inDegree + 20.0));
    behaviour
        .item(id)
        .ifPresent(
            item -> {
              put(features, Feature.POPULARITY, saturate(FeatureView.popularity(item, now), 5));
              put(features, Feature.CLICK_RATE, Math.min(1, 2 * (item.clicks() + 1.0) / (item.exposures() + 20.0)));
              put(features, Feature.RATING, item.rating() / (Math.abs(item.rating()) + 3));
            });
    affinity(candidate.entry(), features);
    put(features, Feature.SAME_LANGUAGE, candidate.entry().language() == language ? 1 : 0);
    double freshness = 0;
    for (String seed : candidate.seeds().values()) {
      freshness = Math.max(freshness, situation.seeds().getOrDefault(seed, 0.0));
    }
    put(features, Feature.FRESHNESS, freshness);
    return features;
  }

  private void contentAndCoVisits(String id, Map<String, Double> features) {
    Entry context = situation.context();
    if (context != null) {
      put(features, Feature.CONTENT_CONTEXT, likeness.of(id, context.id()));
      put(features, Feature.COVISIT_CONTEXT, saturate(coVisits(context.id(), id), 3));
    }
    double recent = 0;
    double together = 0;
    for (Map.Entry<String, Double> seed : situation.seeds().entrySet()) {
      recent = Math.max(recent, seed.getValue() * likeness.of(id, seed.getKey()));
      together = Math.max(together, seed.getValue() * coVisits(seed.getKey(), id));
    }
    put(features, Feature.CONTENT_RECENT, recent);
    put(features, Feature.COVISIT_RECENT, saturate(together, 3));
    double disliked = 0;
    List<String> bad = situation.user().disliked();
    for (String each : bad.subList(0, Math.min(MOST_DISLIKED, bad.size()))) {
      disliked = Math.max(disliked, likeness.of(id, each));
    }
    put(features, Feature.DISLIKED, disliked);
  }

  private double coVisits(String seed, String document) {
    return behaviour.item(seed).map(ItemFeatures::coVisits).orElse(Map.of()).getOrDefault(document, 0.0);
  }

  /** Affinities are by the identity's first part, its library, and by longer prefixes, its packages. */
  private void affinity(Entry entry, Map<String, Double> features) {
    Map<String, Double> affinity = situation.user().affinity();
    if (affinity.isEmpty()) {
      return;
    }
    put(features, Feature.AFFINITY_LIBRARY, share(affinity.get(Places.library(entry)), strongestAffinity));
    double closest = 0;
    for (String place : Places.packages(entry)) {
      closest = Math.max(closest, share(affinity.get(place), strongestAffinity));
    }
    put(features, Feature.AFFINITY_PACKAGE, closest);
  }

  private static @Nullable Language language(Situation situation, Catalogue catalogue, Access access) {
    if (situation.context() != null) {
      return situation.context().language();
    }
    for (String seed : situation.seeds().keySet()) {
      Entry entry = catalogue.entry(seed, access);
      if (entry != null) {
        return entry.language();
      }
    }
    return null;
  }

  private static void put(Map<String, Double> features, String name, double value) {
    if (value != 0) {
      features.put(name, value);
    }
  }

  private static double share(@Nullable Double value, double highest) {
    return value == null || highest <= 0 ? 0 : Math.clamp(value / highest, 0, 1);
  }

  private static double saturate(double count, double half) {
    return count <= 0 ? 0 : count / (count + half);
  }

  private static double highest(Map<String, Double> values) {
    return values.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }
}
