// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Repeat;
import io.millrace.core.time.Deadline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** What an index holds without showing it: archived documents, those out of their time, and near repeats. */
class ArchiveTest {

  private static final String RULES =
      "Before the stones are lowered the miller opens the sluice by a hand's breadth and waits until the wheel turns evenly. "
          + "Only then is grain let into the hopper, a little at first, and the gap between the stones is narrowed until the meal "
          + "feels warm but not hot. At dusk everything is done in the opposite order, and the brake is set before the sluice is shut.";

  private final TestClock clock = new TestClock("2026-01-01T00:00:00Z");

  @TempDir Path folder;
  private PassageIndex index;

  @BeforeEach
  void open() {
    index = new PassageIndex(folder, Map.of(Language.ENGLISH, TestModels.english()), SearchSettings.DEFAULT, VectorPrecision.INT8, clock);
  }

  @AfterEach
  void close() {
    index.close();
  }

  @Test
  void anArchivedDocumentIsNotFoundAndComesBackWithItsEmbeddings() throws IOException {
    put("a/Wheel", "The wheel is four metres high.");
    put("b/Miller", "The miller is called Johanna.");
    index.archive("a/Wheel");
    index.refresh();

    assertThat(found("how high is the wheel")).doesNotContain("a/Wheel");
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 1));
    assertThat(index.archived()).isEqualTo(1);
    assertThat(index.nearest("b/Miller", 5, Access.EVERYTHING)).isEmpty();
    assertThat(index.passages("a/Wheel")).hasSize(1);
    assertThat(index.standing(Query.of("wheel", 5, Access.EVERYTHING), "a/Wheel").cause()).isEqualTo(Cause.ARCHIVED);

    index.commit(Map.of("at", "1"));
    index.close();
    open();
    assertThat(index.archived()).isEqualTo(1);
    index.restore("a/Wheel");
    index.refresh();
    assertThat(found("how high is the wheel")).startsWith("a/Wheel");
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(2, 2, 2));
    assertThat(index.archived()).isZero();
  }

  @Test
  void whatComesForAnArchivedDocumentGoesToTheArchive() throws IOException {
    index.archive("a/Wheel"); // Its eviction may be read before its text.
    put("a/Wheel", "The wheel is four metres high.");
    index.refresh();
    assertThat(index.counts().documents()).isZero();

    put("a/Wheel", "The wheel is five metres high.");
    index.restore("a/Wheel");
    index.refresh();
    assertThat(index.passages("a/Wheel")).extracting(Passage::text).containsExactly("The wheel is five metres high.");
    assertThat(index.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 1));

    index.archive("a/Wheel");
    index.delete("a/Wheel");
    index.refresh();
    assertThat(index.passages("a/Wheel")).isEmpty();
    index.restore("a/Wheel");
    index.restore("never/There");
    index.refresh();
    assertThat(index.counts().documents()).isZero();
    assertThat(index.archived()).isZero();
  }

  @Test
  void findsADocumentInItsTimeOnly() throws IOException {
    Instant now = clock.instant();
    put("later", "The flood gate is open.", new Validity(now.plusSeconds(60), null));
    put("soon/over", "The flood gate is shut.", new Validity(null, now.plusSeconds(30)));
    put("always", "The flood gate is old.", null);
    index.refresh();

    assertThat(found("flood gate")).containsExactlyInAnyOrder("soon/over", "always");
    assertThat(index.standing(Query.of("flood gate", 5, Access.EVERYTHING), "later").cause()).isEqualTo(Cause.UNTIMELY);
    clock.move(Duration.ofMillis(29_999));
    assertThat(found("flood gate")).contains("soon/over");
    clock.move(Duration.ofMillis(1));
    assertThat(found("flood gate")).containsExactly("always");
    clock.move(Duration.ofSeconds(30));
    assertThat(found("flood gate")).containsExactlyInAnyOrder("later", "always");
    assertThat(index.standing(Query.of("flood gate", 5, Access.EVERYTHING), "later").cause()).isEqualTo(Cause.SHOWN);
  }

  @Test
  void showsOneOfThoseThatNearlyRepeatEachOtherAndTheNextWhenThatIsGone() throws IOException {
    put("c/Copy", "The copy\n" + RULES);
    put("b/Original", "The original\n" + RULES);
    put("d/Changed", "The changed one\n" + RULES.replace("is shut.", "is closed."));
    put("e/Other", "Another\nThe miller opens the sluice when the wheel is to turn, and shuts it when it is to stand.");
    index.refresh();

    Hit first = only("b/Original", "c/Copy", "d/Changed");
    assertThat(first.repeats()).extracting(Repeat::similarity).allMatch(similarity -> similarity >= 0.9);
    String merged = first.repeats().getFirst().passage().documentId();
    assertThat(index.standing(new Query("miller opens the sluice", null, 4, "", Deadline.NONE, Access.EVERYTHING), merged).cause())
        .isEqualTo(Cause.REPEATS);

    index.delete(first.passage().documentId());
    index.refresh();
    Hit next = only(first.repeats().stream().map(repeat -> repeat.passage().documentId()).toArray(String[]::new));
    assertThat(next.repeats()).hasSize(1);
  }

  @Test
  void shortTextsAreMergedOnlyWhenTheyAreTheSame() throws IOException {
    put("a/One", "Returns the height of the wheel.");
    put("b/One", "Returns the height of the wheel.");
    put("c/Other", "Returns the height of the wheels.");
    index.refresh();
    assertThat(found("height of the wheel")).hasSize(2).contains("c/Other");
  }

  /** All of these are shown as one hit, of which one names the others. */
  private Hit only(String... documents) {
    List<Hit> hits = index.search(Query.of("miller opens the sluice", 4, Access.EVERYTHING)).hits().stream()
        .filter(hit -> List.of(documents).contains(hit.passage().documentId())).toList();
    assertThat(hits).hasSize(1);
    List<String> all = new ArrayList<>(hits.getFirst().repeats().stream().map(repeat -> repeat.passage().documentId()).toList());
    all.add(hits.getFirst().passage().documentId());
    assertThat(all).containsExactlyInAnyOrder(documents);
    return hits.getFirst();
  }

  @Test
  void whoMayNotSeeADocumentDoesNotLearnThatItIsInTheArchive() throws IOException {
    index.put(
        "acme/Plan",
        List.of(
            new Passage(
                "acme/Plan#0", "acme/Plan", 0, "", List.of("Plan"), "", "A second wheel.", Language.ENGLISH, null, null,
                Set.of("tenant:acme"))));
    index.archive("acme/Plan");
    index.refresh();

    assertThat(index.standing(Query.of("wheel", 5, Access.of(Set.of("tenant:acme"))), "acme/Plan").cause())
        .isEqualTo(Cause.ARCHIVED);
    assertThat(index.standing(Query.of("wheel", 5, Access.UNLABELLED), "acme/Plan").cause()).isEqualTo(Cause.ABSENT);
  }

  private List<String> found(String question) {
    return index.search(Query.of(question, 5, Access.EVERYTHING)).hits().stream().map(hit -> hit.passage().documentId()).toList();
  }

  private void put(String id, String text) throws IOException {
    put(id, text, null);
  }

  private void put(String id, String text, @Nullable Validity validity) throws IOException {
    Passage passage = new Passage(id + "#0", id, 0, "", List.of(id), "", text, Language.ENGLISH, null, validity, Set.of());
    index.put(id, List.of(passage));
    float[] vector = TestModels.english().embedPassages(List.of(passage.textInContext())).getFirst();
    index.putVectors(
        id, new PassageVectors(id, TestModels.english().model(), List.of(new PassageVector(TextHash.of(passage), vector))));
  }
}
