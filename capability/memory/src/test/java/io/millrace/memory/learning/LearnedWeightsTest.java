// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.event.ShownHits;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.memory.DocumentPriors;
import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;
import io.millrace.memory.Judging;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.Rerankers;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.TestClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Weights from a registry in the searches of an index. */
class LearnedWeightsTest {

  private static final Purpose PURPOSE = new Purpose(Language.ENGLISH, Aim.ANSWER);
  private static final Query QUESTION = Query.of("how does the mill wheel turn", 8, Access.EVERYTHING).answering();

  @TempDir Path folder;
  private final TestClock clock = new TestClock("2026-05-01T00:00:00Z");
  private ArtifactRegistry registry;
  private LearnedWeights weights;
  private PassageIndex index;

  /** The further down the alphabet, the newer and the more used. */
  private final class Alphabet implements DocumentPriors {
    @Override
    public @Nullable Instant since(String document) {
      return clock.instant().minus(Duration.ofDays(10L * ('z' - document.charAt(0))));
    }

    @Override
    public double use(String document, Access access, Instant now) {
      return document.charAt(0) - 'a';
    }
  }

  @BeforeEach
  void open() throws IOException {
    registry = DirectoryArtifactRegistry.open(folder.resolve("registry"));
    weights = new LearnedWeights(registry, "mill", constants -> constants);
    index = new PassageIndex(
        folder.resolve("index"), Map.of(), SearchSettings.DEFAULT, VectorPrecision.FLOAT, clock, new Judging(weights, new Alphabet(), Rerankers.NONE));
    put("a", "", "How does the mill wheel turn? The mill wheel does turn when water falls on it.", List.of());
    put("b", "", "The mill has two stones.", List.of("c"));
    put("c", "MillShaft.turn", "The shaft and its stone.", List.of());
    put("x", "", "The mill wheel.", List.of("a"));
    put("y", "", "Bread is baked at night.", List.of());
    index.refresh();
  }

  @AfterEach
  void close() {
    index.close();
  }

  @Test
  void searchesUseAPromotedVersionAtOnceAndTheConstantsWhenItIsTakenAway() {
    List<Hit> constant = index.search(QUESTION).hits();
    assertThat(constant.getFirst().passage().documentId()).isEqualTo("a");
    ArtifactVersion version = publish(constants().with(EvidenceKind.USE, 1), "because");

    List<Hit> learned = index.search(QUESTION).hits();
    assertThat(learned.getFirst().passage().documentId()).isEqualTo("x");
    assertThat(learned).extracting(hit -> hit.passage().documentId()).as("use judges, and proposes nothing").doesNotContain("y");
    assertThat(weights.learned(PURPOSE).orElseThrow().version()).isEqualTo(version);
    assertThat(index.search(Query.of("how does the mill wheel turn", 8, Access.EVERYTHING)).hits().getFirst().passage().documentId())
        .as("of another aim").isEqualTo("a");

    registry.retire(PURPOSE.artifact("mill"), ArtifactRegistry.CHAMPION, "it was better before");
    weights.refresh();
    assertThat(index.search(QUESTION).hits()).isEqualTo(constant);

    registry.promote(PURPOSE.artifact("mill"), ArtifactRegistry.CHAMPION, version.version(), "it was not");
    LearnedWeights afterwards = new LearnedWeights(registry, "mill", constants -> constants);
    assertThat(afterwards.of(Language.ENGLISH, Aim.ANSWER, constants()).of(EvidenceKind.USE)).isEqualTo(1);
  }

  @Test
  void aVersionThatCannotBeReadLeavesTheConstantsAndSaysWhatToDo() throws IOException {
    ArtifactVersion version = publish(constants().with(EvidenceKind.USE, 1), null);
    Path file = registry.directory(version).resolve("weights.json");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(file, "{\"dense\": 0.5, \"fame\": 2}");
    registry.promote(version.name(), ArtifactRegistry.CHAMPION, version.version(), "by hand");
    weights.refresh();

    assertThat(weights.of(Language.ENGLISH, Aim.ANSWER, constants())).isEqualTo(constants());
    assertThat(weights.trouble().orElseThrow()).contains("'fame'").contains("registry retire mill/ranking-en-answer --alias champion");
    registry.retire(version.name(), ArtifactRegistry.CHAMPION, "unreadable");
    weights.refresh();
    assertThat(weights.trouble()).isEmpty();
  }

  @Test
  void whatIsSetCountsWhereNothingWasLearned() {
    LearnedWeights set = new LearnedWeights(registry, "mill", constants -> constants.with(EvidenceKind.RECENCY, 0.3));
    assertThat(set.of(Language.ENGLISH, Aim.SURVEY, constants()).of(EvidenceKind.RECENCY)).isEqualTo(0.3);
    publish(constants(), "because");
    set.refresh();
    assertThat(set.of(Language.ENGLISH, Aim.ANSWER, constants()).of(EvidenceKind.RECENCY)).isZero();
  }

  @Test
  void whatIsWrittenDownOfASearchGivesItsScoresAgain() {
    FusionWeights all = constants().with(EvidenceKind.USE, 0.4).with(EvidenceKind.RECENCY, 0.3).with(EvidenceKind.NAME, 0.7);
    publish(all, "because");
    Query query = Query.of("does the stone MillShaft.turn the wheel of the mill", 10, Access.EVERYTHING).answering();
    List<Hit> hits = index.search(query).hits();
    ShownHits.Notes notes = new ShownHits.Notes();
    hits.forEach(hit -> notes.add(hit.passage().documentId(), hit.evidence()));
    ShownHits shown = notes.ranked(Language.ENGLISH, Aim.ANSWER);
    assertThat(shown.hits()).hasSizeGreaterThan(2);
    assertThat(shown.hits()).anyMatch(hit -> hit.evidence().keySet().containsAll(Set.of("bm25", "name", "graph", "recency", "use")));

    JudgedList list = new JudgedList(PURPOSE, clock.instant(), "ann", shown.hits(), new BitSet());
    for (int i = 0; i < hits.size(); i++) {
      assertThat(new HitScore(0).of(list, i, HitScore.numbers(all))).isCloseTo(hits.get(i).score(), within(2e-4));
    }
  }

  private static FusionWeights constants() {
    return FusionWeights.of(SearchSettings.DEFAULT, Language.ENGLISH, Aim.ANSWER);
  }

  private ArtifactVersion publish(FusionWeights learned, @Nullable String reason) {
    return weights.publish(PURPOSE, learned, "", Map.of(), Map.of(), reason);
  }

  private void put(String id, String heading, String text, List<String> links) throws IOException {
    index.put(
        id,
        List.of(
            new Passage(id + "#0", id, 0, "", List.of(id.toUpperCase(Locale.ROOT)), heading, text, Language.ENGLISH, null, Set.of())
                .withLinks(links)));
  }
}
