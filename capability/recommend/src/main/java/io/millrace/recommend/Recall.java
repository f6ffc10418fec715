// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.event.ItemFeatures;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Catalogue.Entry;
import io.millrace.core.spi.Neighbours;
import io.millrace.core.spi.Neighbours.Neighbour;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Proposes candidates: of like content, near in the link graph, opened together, popular, central. */
final class Recall {

  static final String CONTENT = "content";
  static final String LINKS = "links";
  static final String CO_VISITS = "co-visits";
  static final String POPULAR = "popular";
  static final String CENTRAL = "central";

  /** Seeds for which content is searched, at about a millisecond each: the open document and the latest ones. */
  private static final int CONTENT_SEEDS = 3;

  private final Catalogue catalogue;
  private final Neighbours neighbours;
  private final LinkGraph graph;
  private final FeatureView features;
  private final int perSource;

  Recall(Catalogue catalogue, Neighbours neighbours, LinkGraph graph, FeatureView features, int perSource) {
    this.catalogue = catalogue;
    this.neighbours = neighbours;
    this.graph = graph;
    this.features = features;
    this.perSource = perSource;
  }

  /**
   * A document that may be suggested.
   *
   * @param sources what proposed it, with the source's own score
   * @param seeds by source, the document that led to it
   */
  record Candidate(Entry entry, Map<String, Double> sources, Map<String, String> seeds) {}

  /**
   * What was proposed.
   *
   * @param linkContext nearness in the link graph to the open document, by document
   * @param linkRecent nearness to the user's past
   */
  record Proposals(
      Map<String, Candidate> candidates, Map<String, Double> linkContext, Map<String, Double> linkRecent) {}

  Proposals propose(Situation situation, int limit, Access access) {
    Collecting found = new Collecting(situation, access);
    Map<String, Double> seeds = new LinkedHashMap<>();
    Map<String, Double> linkContext = Map.of();
    if (situation.context() != null) {
      String context = situation.context().id();
      seeds.put(context, 1.0);
      linkContext = graph.near(Map.of(context, 1.0), access);
      addBest(found, linkContext, context);
    }
    situation.seeds().forEach(seeds::putIfAbsent);
    Map<String, Double> linkRecent = situation.seeds().isEmpty() ? Map.of() : graph.near(situation.seeds(), access);
    addBest(found, linkRecent, situation.seeds().isEmpty() ? "" : situation.seeds().keySet().iterator().next());
    int contentSeeds = 0;
    for (Map.Entry<String, Double> seed : seeds.entrySet()) {
      if (contentSeeds++ < CONTENT_SEEDS) {
        for (Neighbour neighbour : neighbours.nearest(seed.getKey(), perSource, access)) {
          found.add(neighbour.document(), CONTENT, seed.getValue() * neighbour.similarity(), seed.getKey());
        }
      }
      Map<String, Double> together =
          features.item(seed.getKey()).map(ItemFeatures::coVisits).orElse(Map.of());
      best(visible(together, access), perSource / 2 + 1)
          .forEach(
              other -> found.add(other.getKey(), CO_VISITS, seed.getValue() * other.getValue(), seed.getKey()));
    }
    // What is seen is left out, so more than needed is asked for.
    int wanted = 2 * limit + situation.excluded().size();
    List<String> popular = features.popular(wanted, document -> catalogue.entry(document, access) != null);
    for (int i = 0; i < popular.size(); i++) {
      found.add(popular.get(i), POPULAR, 1.0 / (i + 1), "");
    }
    if (found.candidates.size() < 3 * limit) {
      List<String> central = graph.central(wanted, access);
      for (int i = 0; i < central.size(); i++) {
        found.add(central.get(i), CENTRAL, 1.0 / (i + 1), "");
      }
    }
    return new Proposals(found.candidates, linkContext, linkRecent);
  }

  private void addBest(Collecting found, Map<String, Double> near, String seed) {
    best(near, 2 * perSource).forEach(entry -> found.add(entry.getKey(), LINKS, entry.getValue(), seed));
  }

  /** What may not be seen must not take the place of what may. */
  private Map<String, Double> visible(Map<String, Double> scores, Access access) {
    Map<String, Double> seen = new HashMap<>(scores);
    seen.keySet().removeIf(document -> catalogue.entry(document, access) == null);
    return seen;
  }

  private static List<Map.Entry<String, Double>> best(Map<String, Double> scores, int limit) {
    return scores.entrySet().stream()
        .sorted(
            Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .toList();
  }

  private final class Collecting {
    private final Situation situation;
    private final Access access;
    private final Map<String, Candidate> candidates = new LinkedHashMap<>();

    Collecting(Situation situation, Access access) {
      this.situation = situation;
      this.access = access;
    }

    void add(String document, String source, double score, String seed) {
      if (situation.excluded().contains(document)) {
        return;
      }
      Candidate candidate = candidates.get(document);
      if (candidate == null) {
        Entry entry = catalogue.entry(document, access);
        if (entry == null) {
          return;
        }
        candidate = new Candidate(entry, new HashMap<>(), new HashMap<>());
        candidates.put(document, candidate);
      }
      Double before = candidate.sources().get(source);
      if (before == null || score > before) {
        candidate.sources().put(source, score);
        candidate.seeds().put(source, seed);
      }
    }
  }
}
