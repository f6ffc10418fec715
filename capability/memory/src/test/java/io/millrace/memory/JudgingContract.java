// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Result;
import io.millrace.core.time.Deadline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** How every memory judges candidates by more than words, meaning and names: by a re-ranker, by newness and use. */
public abstract class JudgingContract extends RetrieverFixture {

  /** Likes what is written in capitals. */
  private record Loud(double weight) implements Reranker {
    @Override
    public String model() {
      return "loud";
    }

    @Override
    public double[] scores(String question, List<String> passages) {
      return passages.stream().mapToDouble(text -> text.chars().filter(Character::isUpperCase).count()).toArray();
    }
  }

  @Test
  void aRerankerReadsTheBestCandidatesWhereOneAnswerIsSought() throws IOException {
    put("a", "The wheel turns the mill, the wheel of the mill.", "");
    put("b", "The MILL has a WHEEL that is made of OAK.", "");
    put("c", "Bread is baked.", "");
    store.refresh();
    Query asked = Query.of("wheel of the mill", 3, Access.EVERYTHING).answering();
    List<Hit> before = store.search(asked).hits();
    assertThat(before).extracting(hit -> hit.passage().documentId()).startsWith("a");
    assertThat(store.standing(asked, "b").rank()).isEqualTo(2);

    reranker = new Loud(3);
    List<Hit> after = store.search(asked).hits();
    assertThat(after).extracting(hit -> hit.passage().documentId()).startsWith("b", "a");
    for (Hit hit : after) {
      assertThat(hit.evidence()).extracting(Evidence::retriever).contains("reranker");
      assertThat(hit.evidence().stream().mapToDouble(e -> e.weight() * e.normalised()).sum()).isCloseTo(hit.score(), within(1e-9));
    }
    Evidence own = after.getFirst().evidence().getLast();
    assertThat(own).isEqualTo(new Evidence("reranker", 1, own.raw(), 1, 0.75));
    assertThat(store.standing(asked, "b").rank()).isEqualTo(1);
    assertThat(store.search(Query.of("wheel of the mill", 3, Access.EVERYTHING)).hits())
        .as("all that is relevant is wanted").extracting(hit -> hit.passage().documentId()).startsWith("a");
  }

  @Test
  void aRerankerThatFailsOrComesTooLateChangesNothing() throws IOException {
    put("a", "The wheel turns the mill, the wheel of the mill.", "");
    put("b", "The MILL has a WHEEL that is made of OAK.", "");
    store.refresh();
    Query asked = Query.of("wheel of the mill", 3, Access.EVERYTHING).answering();
    List<Hit> before = store.search(asked).hits();

    reranker = new Reranker() {
      @Override
      public String model() {
        return "broken";
      }

      @Override
      public double weight() {
        return 1;
      }

      @Override
      public double[] scores(String question, List<String> passages) {
        throw new IllegalStateException("no weights");
      }
    };
    assertThat(store.search(asked).hits()).isEqualTo(before);
    reranker = new Loud(0);
    assertThat(store.search(asked).hits()).isEqualTo(before);

    reranker = new Loud(3);
    Query late = new Query("wheel of the mill", null, 3, "", Deadline.after(Duration.ZERO), Access.EVERYTHING).answering();
    Result result = store.search(late);
    assertThat(result.notes()).anyMatch(note -> note.startsWith("not re-ranked"));
    assertThat(result.hits()).flatExtracting(Hit::evidence).extracting(Evidence::retriever).doesNotContain("reranker");
  }

  @Test
  void judgesByNewnessAndUseAndExplainsIt() throws IOException {
    Map<String, Double> used = new ConcurrentHashMap<>();
    AtomicReference<UnaryOperator<FusionWeights>> weights = new AtomicReference<>(constants -> constants);
    Instant now = clock.instant();
    Map<String, Instant> changed =
        Map.of("old", now.minus(Duration.ofDays(300)), "new", now.minus(Duration.ofDays(3)), "theirs", now.minus(Duration.ofDays(1)));
    Judging weighed = new Judging((_, _, constants) -> weights.get().apply(constants), new Known(changed, used), Rerankers.NONE);
    try (PassageStore known = open("known", clock, weighed)) {
      known.clear();
      for (Passage each : List.of(
          passage("old", 0, "The wheel of the mill", ""),
          passage("new", 0, "The wheel of the mill, they say.", ""),
          passage("unknown", 0, "Nobody wants a clock that has no hands, but one wheel.", ""),
          passage("theirs", 0, "The wheel of the mill turns, they say.", "", Set.of("tenant:acme"), null))) {
        known.put(each.documentId(), List.of(each));
        embed(known, List.of(each));
      }
      known.refresh();
      Query query = Query.of("wheel of the mill", 5, Access.UNLABELLED);

      List<Hit> plain = known.search(query).hits();
      assertThat(plain).extracting(hit -> hit.passage().documentId()).startsWith("old");
      Evidence age = evidence(plain.getFirst(), "recency");
      assertThat(age.raw()).isCloseTo(300, within(0.01));
      assertThat(age.weight()).isZero();
      assertThat(plain).filteredOn(hit -> hit.passage().documentId().equals("unknown")).allMatch(
          hit -> hit.evidence().stream().noneMatch(each -> each.retriever().equals("recency")));

      weights.set(constants -> constants.with(EvidenceKind.RECENCY, 0.8));
      List<Hit> newest = known.search(query).hits();
      assertThat(newest).extracting(hit -> hit.passage().documentId()).startsWith("new");
      assertThat(evidence(newest.getFirst(), "recency").normalised()).isCloseTo(30 / 33.0, within(1e-9));

      used.put("old", 40.0);
      weights.set(constants -> constants.with(EvidenceKind.RECENCY, 0.2).with(EvidenceKind.USE, 0.9));
      List<Hit> mostUsed = known.search(query).hits();
      assertThat(mostUsed).extracting(hit -> hit.passage().documentId()).startsWith("old");
      assertThat(evidence(mostUsed.getFirst(), "use").raw()).isCloseTo(40, within(1e-6));
      for (Hit hit : mostUsed) {
        assertThat(hit.evidence().stream().mapToDouble(each -> each.weight() * each.normalised()).sum()).isCloseTo(hit.score(), within(1e-9));
      }

      used.put("theirs", 1e6);
      assertThat(known.search(query)).as("what others do with what they alone see").isEqualTo(new Result(mostUsed, List.of()));
      assertThat(known.search(Query.of("wheel of the mill", 5, Access.EVERYTHING)).hits().getFirst().passage().documentId()).isEqualTo("theirs");
    }
  }

  private static Evidence evidence(Hit hit, String kind) {
    return hit.evidence().stream().filter(each -> each.retriever().equals(kind)).findFirst().orElseThrow();
  }

  /** What a test knows of documents. */
  private record Known(Map<String, Instant> changed, Map<String, Double> used) implements DocumentPriors {
    @Override
    public @Nullable Instant since(String document) {
      return changed.get(document);
    }

    @Override
    public double use(String document, Access access, Instant now) {
      return used.getOrDefault(document, 0.0);
    }
  }
}
