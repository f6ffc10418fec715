// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.document.Language;
import io.millrace.core.event.ItemFeatures;
import io.millrace.core.event.UserFeatures;
import io.millrace.core.log.RankerWeights;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Recommender.Recommendation;
import io.millrace.core.spi.Recommender.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class DocumentRecommenderTest {

  private final Shelf shelf = new Shelf();
  private final FeatureView features = new FeatureView();
  private DocumentRecommender recommender;

  @BeforeEach
  void fill() {
    for (int i = 0; i < 8; i++) {
      shelf.put("search/p" + i / 4 + "/S" + i, "search/p" + i / 4 + "/S" + (i + 1) % 4).embed("search/p" + i / 4 + "/S" + i, i);
      shelf.put("web/p" + i / 4 + "/W" + i, "web/p" + i / 4 + "/W0").embed("web/p" + i / 4 + "/W" + i, 60 + i);
      shelf.put("zh/p/Z" + i, Language.CHINESE).embed("zh/p/Z" + i, 120 + i);
    }
    recommender = new DocumentRecommender(shelf, shelf, features, RecommendSettings.DEFAULT);
  }

  @AfterEach
  void close() {
    recommender.close();
    features.close();
  }

  @Test
  void suggestsWhatIsNearTheOpenDocument() {
    List<Recommendation> items = recommend("ada", "search/p0/S0", 3);

    assertThat(items).extracting(Recommendation::document).allMatch(id -> id.startsWith("search/"));
    assertThat(items.getFirst().sources()).containsKeys(Recall.CONTENT, Recall.LINKS);
    assertThat(items.getFirst().reasons()).contains("linked-from:search/p0/S0", "similar-to:search/p0/S0");
  }

  @Test
  void changesTheListWhenTheUserOpensSomething() {
    List<String> before = ids(recommend("ada", null, 5));

    features.put(user("ada", List.of("web/p0/W1"), Map.of("web", 1.0)));
    List<Recommendation> after = recommend("ada", null, 5);

    assertThat(ids(after)).isNotEqualTo(before).doesNotContain("web/p0/W1");
    assertThat(ids(after).getFirst()).startsWith("web/");
    assertThat(after.getFirst().reasons()).contains("because-of:web");
    assertThat(after.getFirst().features()).containsKeys(Feature.CONTENT_RECENT, Feature.FRESHNESS);
  }

  @Test
  void neverSuggestsWhatWasSeenDislikedOrIsGone() {
    List<String> seen = List.of("search/p0/S1", "search/p0/S2");
    features.put(
        new UserFeatures("ada", seen, Map.of(), List.of(), List.of("search/p0/S3"), 2, 2, Instant.now()));
    shelf.delete("search/p1/S4");

    assertThat(ids(recommend("ada", "search/p0/S0", 100)))
        .doesNotContainAnyElementsOf(seen)
        .doesNotContain("search/p0/S0", "search/p0/S3", "search/p1/S4")
        .hasSize(19);
  }

  @Test
  void ranksWhatResemblesTheDislikedLower() {
    double before = score(recommend("ada", "search/p0/S0", 100), "search/p0/S2");
    features.put(
        new UserFeatures("ada", List.of(), Map.of(), List.of(), List.of("search/p0/S3"), 0, 0, Instant.now()));

    assertThat(score(recommend("ada", "search/p0/S0", 100), "search/p0/S2")).isLessThan(before);
  }

  @Test
  void showsStrangersWhatIsPopularAndWithoutAnyBehaviourWhatIsCentral() {
    Recommendation central = recommend("stranger", null, 1).getFirst();
    assertThat(central.document()).isEqualTo("web/p0/W0");
    assertThat(central.sources()).containsKey(Recall.CENTRAL);

    features.put(new ItemFeatures("zh/p/Z5", 40, 60, 30, Map.of(), 0, Instant.now()));
    Recommendation popular = recommend("stranger", null, 1).getFirst();
    assertThat(popular.document()).isEqualTo("zh/p/Z5");
    assertThat(popular.reasons()).contains("popular");
  }

  @Test
  void suggestsWhatOthersOpenedInTheSameSession() {
    features.put(new ItemFeatures("search/p0/S0", 9, 9, 9, Map.of("web/p1/W7", 6.0), 0, Instant.now()));

    Recommendation found =
        recommend("ada", "search/p0/S0", 5).stream()
            .filter(item -> item.document().equals("web/p1/W7"))
            .findFirst()
            .orElseThrow();
    assertThat(found.reasons()).contains("also-read:search/p0/S0");
    assertThat(found.sources()).containsKey(Recall.CO_VISITS);
  }

  @Test
  void prefersTheLanguageOfTheOpenDocument() {
    assertThat(ids(recommend("ada", "zh/p/Z0", 3))).allMatch(id -> id.startsWith("zh/"));
  }

  @Test
  void putsAtMostThreeOfAPackageOnAListWhileThereAreOthers() {
    Map<String, Long> perPackage =
        ids(recommend("ada", "search/p0/S0", 12)).stream()
            .collect(Collectors.groupingBy(LinkGraph::folder, Collectors.counting()));

    assertThat(perPackage.values()).allMatch(count -> count <= 3);
    assertThat(perPackage).hasSizeGreaterThanOrEqualTo(4);
  }

  @Test
  void explainsEachScoreByContributionsThatSumToIt() {
    features.put(user("ada", List.of("web/p0/W1"), Map.of("web", 1.0, "web/p0", 0.5)));
    features.put(new ItemFeatures("search/p0/S1", 4, 9, 3, Map.of("web/p0/W1", 2.0), 1, Instant.now()));

    for (Recommendation item : recommend("ada", "search/p0/S0", 20)) {
      Ranker.Explanation explanation = recommender.explain(item);
      double sum = explanation.contributions().values().stream().mapToDouble(Double::doubleValue).sum();
      assertThat(sum).isCloseTo(explanation.logit(), within(1e-12));
      assertThat(1 / (1 + Math.exp(-sum))).isCloseTo(item.score(), within(1e-12));
      assertThat(explanation.contributions()).containsKey(Ranker.BIAS);
      assertThat(Ranker.PRIOR.keySet()).containsAll(item.features().keySet());
    }
  }

  @Test
  void ranksWithLearnedWeightsAsSoonAsTheyArrive() {
    double before = score(recommend("ada", "search/p0/S0", 100), "search/p0/S1");

    features.put(
        new RankerWeights("default", Map.of(Feature.LINK_CONTEXT, -5.0, Feature.CONTENT_CONTEXT, -5.0), 9, Instant.now()));

    assertThat(score(recommend("ada", "search/p0/S0", 100), "search/p0/S1")).isLessThan(before);
    assertThat(ids(recommend("ada", "search/p0/S0", 3))).noneMatch(id -> id.startsWith("search/p0"));
  }

  @Test
  void keepsItsPromisesInRandomWorlds() {
    Random random = new Random(3);
    for (int world = 0; world < 60; world++) {
      Shelf books = new Shelf();
      FeatureView behaviour = new FeatureView();
      int n = 1 + random.nextInt(40);
      for (int i = 0; i < n; i++) {
        books.put("l" + i % 3 + "/p" + i % 5 + "/D" + i, "l0/p0/D" + random.nextInt(n));
        if (random.nextBoolean()) {
          books.embed("l" + i % 3 + "/p" + i % 5 + "/D" + i, random.nextInt(360));
        }
      }
      List<String> ids = books.ids();
      for (String id : ids) {
        Map<String, Double> together = new HashMap<>();
        together.put(ids.get(random.nextInt(n)), random.nextDouble() * 9);
        together.put("gone/Document", 3.0);
        behaviour.put(
            new ItemFeatures(
                id, random.nextInt(9), random.nextInt(9), random.nextInt(4), together, random.nextInt(7) - 3,
                Instant.now()));
      }
      List<String> recent = List.of(ids.get(random.nextInt(n)), "gone/Document", ids.get(random.nextInt(n))).stream()
          .distinct().toList();
      String disliked = ids.get(random.nextInt(n));
      behaviour.put(
          new UserFeatures(
              "u", recent, Map.of("l1", 2.0), List.of(ids.get(random.nextInt(n))), List.of(disliked), 1, 1,
              Instant.now()));
      String context = random.nextInt(4) == 0 ? "gone/Document" : ids.get(random.nextInt(n));
      int limit = 1 + random.nextInt(20);
      try (DocumentRecommender any =
          new DocumentRecommender(books, books, behaviour, RecommendSettings.DEFAULT)) {
        List<String> list = ids(any.recommend(new Request("u", context, limit, Access.EVERYTHING)).items());
        assertThat(list).hasSizeLessThanOrEqualTo(limit).doesNotHaveDuplicates();
        assertThat(list).doesNotContain(context, disliked).doesNotContainAnyElementsOf(recent);
        assertThat(ids).containsAll(list);
        long possible =
            ids.stream().filter(id -> !id.equals(context) && !id.equals(disliked) && !recent.contains(id)).count();
        assertThat(list).hasSize((int) Math.min(limit, possible));
      }
    }
  }

  /** The same world with and without what a reader may not see: lists, scores, features and reasons are the same. */
  @Test
  void whatMayNotBeSeenHasNoPartInWhatIsSuggested() {
    Random random = new Random(11);
    for (int world = 0; world < 60; world++) {
      Shelf whole = new Shelf();
      Shelf part = new Shelf();
      FeatureView behaviour = new FeatureView();
      int n = 2 + random.nextInt(40);
      Map<String, Set<String>> labels = new HashMap<>();
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        ids.add("l" + i % 3 + "/p" + i % 5 + "/D" + i);
      }
      for (String id : ids) {
        Set<String> own = List.of(Set.<String>of(), Set.of("a"), Set.of("b"), Set.of("a", "b")).get(random.nextInt(4));
        labels.put(id, own);
        String[] links = {ids.get(random.nextInt(n)), ids.get(random.nextInt(n))};
        int degrees = random.nextInt(360);
        whole.put(id, Language.ENGLISH, own, links).embed(id, degrees);
        if (own.isEmpty() || own.contains("a")) {
          part.put(id, Language.ENGLISH, Set.of(), links).embed(id, degrees);
        }
        Map<String, Double> together = new HashMap<>();
        for (int i = 0; i < 5; i++) {
          together.put(ids.get(random.nextInt(n)), random.nextDouble() * 9);
        }
        behaviour.put(
            new ItemFeatures(id, random.nextInt(9), random.nextInt(9), random.nextInt(4), together, 1, Instant.EPOCH));
      }
      behaviour.put(
          new UserFeatures(
              "u", List.of(ids.get(random.nextInt(n)), ids.get(random.nextInt(n))), Map.of("l1", 2.0),
              List.of(ids.get(random.nextInt(n))), List.of(ids.get(random.nextInt(n))), 1, 1, Instant.EPOCH));
      String context = random.nextInt(3) == 0 ? null : ids.get(random.nextInt(n));
      try (DocumentRecommender one = new DocumentRecommender(whole, whole, behaviour, RecommendSettings.DEFAULT);
          DocumentRecommender other = new DocumentRecommender(part, part, behaviour, RecommendSettings.DEFAULT)) {
        List<Recommendation> found = one.recommend(new Request("u", context, 10, Access.of(Set.of("a")))).items();
        List<Recommendation> expected = other.recommend(new Request("u", context, 10, Access.EVERYTHING)).items();
        assertThat(ids(found)).isEqualTo(ids(expected)).allMatch(id -> labels.get(id).isEmpty() || labels.get(id).contains("a"));
        for (int i = 0; i < found.size(); i++) {
          assertThat(found.get(i).score()).isCloseTo(expected.get(i).score(), within(1e-9));
          assertThat(found.get(i).reasons()).isEqualTo(expected.get(i).reasons());
          assertThat(found.get(i).sources().keySet()).isEqualTo(expected.get(i).sources().keySet());
          assertThat(found.get(i).features().keySet()).isEqualTo(expected.get(i).features().keySet());
        }
      }
    }
  }

  private List<Recommendation> recommend(String user, String context, int limit) {
    return recommender.recommend(new Request(user, context, limit, Access.EVERYTHING)).items();
  }

  private static UserFeatures user(String user, List<String> recent, Map<String, Double> affinity) {
    return new UserFeatures(
        user, recent, affinity, List.of(), List.of(), recent.size(), recent.size(), Instant.now());
  }

  private static List<String> ids(List<Recommendation> items) {
    return items.stream().map(Recommendation::document).toList();
  }

  private static double score(List<Recommendation> items, String document) {
    return items.stream()
        .filter(item -> item.document().equals(document))
        .mapToDouble(Recommendation::score)
        .findFirst()
        .orElseThrow();
  }
}
