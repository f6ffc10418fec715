// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.event.UserFeatures;
import io.millrace.core.log.RankerWeights;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Catalogue.Entry;
import io.millrace.core.spi.Neighbours;
import io.millrace.core.spi.Recommender;
import io.millrace.recommend.Recall.Candidate;
import io.millrace.recommend.Recall.Proposals;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Suggests documents: recall proposes a few hundred, the ranker estimates for each that it is opened, variety picks the
 * list. Never on it are the open document, what the user opened of late, and what the user disliked. What the user may not see
 * has no part in any of it: as if it were not there, it is neither walked through nor counted.
 */
public final class DocumentRecommender implements Recommender, AutoCloseable {

  /** Candidates, best first, among which variety chooses. */
  private static final int SHORTLIST = 60;

  private static final double NOTABLE = 0.1;
  private static final int MOST_REASONS = 3;

  private final Catalogue catalogue;
  private final Neighbours neighbours;
  private final FeatureView features;
  private final RecommendSettings settings;
  private final LinkGraph graph;
  private final Recall recall;

  /** Rebuilt when newly learned weights arrive. */
  private volatile Learned learned = new Learned(null, new Ranker(Map.of()));

  private record Learned(@Nullable RankerWeights weights, Ranker ranker) {}

  /**
   * Makes a recommender; it follows the catalogue until it is closed.
   *
   * @param neighbours documents of like content
   * @param features what behaviour says; not closed with the recommender
   */
  public DocumentRecommender(
      Catalogue catalogue, Neighbours neighbours, FeatureView features, RecommendSettings settings) {
    this.catalogue = catalogue;
    this.neighbours = neighbours;
    this.features = features;
    this.settings = settings;
    this.graph = new LinkGraph(catalogue);
    this.recall = new Recall(catalogue, neighbours, graph, features, settings.perSource());
  }

  @Override
  public Result recommend(Request request) {
    UserFeatures user = features.user(request.user());
    String contextId = request.context();
    Access access = request.access();
    Entry context = contextId == null ? null : catalogue.entry(contextId, access);
    Situation situation =
        Situation.of(user, contextId, context, settings.seeds(), seed -> catalogue.entry(seed, access) != null);
    Proposals proposals = recall.propose(situation, request.limit(), access);

    Likeness likeness = new Likeness(neighbours, access);
    var extraction =
        new FeatureExtraction(situation, proposals, features, graph, catalogue, access, likeness, Instant.now());
    Ranker ranker = ranker();
    List<Ranked> ranked = new ArrayList<>(proposals.candidates().size());
    for (Candidate candidate : proposals.candidates().values()) {
      Map<String, Double> seen = extraction.of(candidate);
      ranked.add(new Ranked(candidate, seen, ranker.explain(seen)));
    }
    ranked.sort(Comparator.comparingDouble((Ranked r) -> -r.score()).thenComparing(Ranked::id));

    List<Ranked> chosen = choose(ranked, request.limit(), likeness);
    return new Result(
        chosen.stream().map(item -> recommendation(item, situation)).toList(), settings.strategy());
  }

  /** A candidate with what the ranker saw and made of it. */
  private record Ranked(Candidate candidate, Map<String, Double> features, Ranker.Explanation explanation) {
    String id() {
      return candidate.entry().id();
    }

    double score() {
      return explanation.probability();
    }
  }

  private List<Ranked> choose(List<Ranked> ranked, int limit, Likeness likeness) {
    List<Ranked> shortlist = ranked.subList(0, Math.min(ranked.size(), Math.max(SHORTLIST, 3 * limit)));
    double best = shortlist.isEmpty() ? 1 : shortlist.getFirst().score();
    return Diversity.choose(
        shortlist,
        limit,
        item -> item.score() / best,
        (a, b) -> likeness.of(a.id(), b.id()),
        settings.relevance(),
        item -> LinkGraph.folder(item.id()),
        settings.perPackage());
  }

  /** Returns what each feature adds to the log-odds of a suggestion, the bias included. */
  public Ranker.Explanation explain(Recommendation recommendation) {
    return ranker().explain(recommendation.features());
  }

  private Ranker ranker() {
    RankerWeights latest = features.weights(settings.strategy()).orElse(null);
    Learned current = learned;
    if (latest != null && !latest.equals(current.weights())) {
      current = new Learned(latest, new Ranker(latest.weights()));
      learned = current;
    }
    return current.ranker();
  }

  private Recommendation recommendation(Ranked item, Situation situation) {
    return new Recommendation(
        item.id(), item.score(), item.candidate().sources(), item.features(), reasons(item, situation));
  }

  /** The features that spoke most for the item, in words that a person can check. */
  private List<String> reasons(Ranked item, Situation situation) {
    Map<String, Double> reasons = new HashMap<>();
    item.explanation()
        .contributions()
        .forEach(
            (feature, contribution) -> {
              String reason = contribution > NOTABLE ? reason(feature, item.candidate(), situation) : null;
              if (reason != null) {
                reasons.merge(reason, contribution, Double::sum);
              }
            });
    if (reasons.isEmpty()) {
      return proposed(item.candidate()).stream().toList();
    }
    return reasons.entrySet().stream()
        .sorted(
            Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(MOST_REASONS)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Where no feature speaks for an item, as for people of whom nothing is known yet, the reason is why it was proposed. */
  private static Optional<String> proposed(Candidate candidate) {
    if (candidate.sources().containsKey(Recall.POPULAR)) {
      return Optional.of("popular");
    }
    return candidate.sources().containsKey(Recall.CENTRAL) ? Optional.of("often-linked") : Optional.empty();
  }

  private @Nullable String reason(String feature, Candidate candidate, Situation situation) {
    String context = situation.context() == null ? "" : situation.context().id();
    return switch (feature) {
      case Feature.CONTENT_CONTEXT -> "similar-to:" + context;
      case Feature.COVISIT_CONTEXT -> "also-read:" + context;
      case Feature.LINK_CONTEXT -> linkReason(context, candidate);
      case Feature.CONTENT_RECENT -> from("similar-to:", candidate.seeds().get(Recall.CONTENT), context);
      case Feature.COVISIT_RECENT -> from("also-read:", candidate.seeds().get(Recall.CO_VISITS), context);
      case Feature.LINK_RECENT -> recentLinkReason(candidate, situation);
      case Feature.AFFINITY_LIBRARY, Feature.AFFINITY_PACKAGE ->
          "because-of:" + Places.library(candidate.entry());
      case Feature.POPULARITY -> "popular";
      case Feature.CENTRALITY -> "often-linked";
      case Feature.RATING -> "well-rated";
      default -> null;
    };
  }

  private static @Nullable String from(String code, @Nullable String seed, String context) {
    return seed == null || seed.isEmpty() || seed.equals(context) ? null : code + seed;
  }

  private @Nullable String recentLinkReason(Candidate candidate, Situation situation) {
    for (String seed : situation.seeds().keySet()) {
      if (graph.linked(seed, candidate.entry().id())) {
        return "linked-from:" + seed;
      }
    }
    return null;
  }

  /** Two steps away is no reason that a person would see, but the same package is. */
  private @Nullable String linkReason(String context, Candidate candidate) {
    String id = candidate.entry().id();
    if (graph.linked(context, id)) {
      return "linked-from:" + context;
    }
    String folder = LinkGraph.folder(context);
    return !folder.isEmpty() && folder.equals(LinkGraph.folder(id)) ? "same-package:" + folder : null;
  }

  @Override
  public void close() {
    graph.close();
  }
}
