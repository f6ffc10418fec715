// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

class IndexGenerationsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir static Path broker;
  private static final AtomicInteger DOMAINS = new AtomicInteger();
  private static EventLog shared;

  @TempDir Path home;
  private EventLog log;
  private final Choice choice = new Choice();
  private final List<Embedder> open = new CopyOnWriteArrayList<>();

  /** Models by name; what is wanted is changed by the tests. */
  private static final class Choice implements EmbedderChoice {
    volatile String wanted = "old";
    final Set<String> there = new ConcurrentSkipListSet<>(Set.of("old", "test/new@1", "test/newer@1"));
    final List<String> searched = new CopyOnWriteArrayList<>();

    static EmbedderModel model(String id) {
      return new TunedModel(id, Path.of(id), Signs.DIMENSION, "", 512, CosineScale.PLAIN);
    }

    @Override
    public Map<Language, EmbedderModel> wanted() {
      if (wanted.equals("damaged")) {
        throw new IllegalStateException("the embedder cannot be read");
      }
      return Map.of(Language.ENGLISH, model(wanted));
    }

    @Override
    public Map<Language, EmbedderModel> searched() {
      return Map.of(Language.ENGLISH, model("old"));
    }

    @Override
    public Optional<EmbedderModel> find(Language language, String id) {
      return there.contains(id) ? Optional.of(model(id)) : Optional.empty();
    }

    @Override
    public void search(Map<Language, EmbedderModel> models) {
      searched.add(models.values().iterator().next().id());
    }
  }

  @BeforeAll
  static void startBroker() {
    shared = EventLogs.open(EventLogSettings.embedded("generations", broker));
  }

  @AfterAll
  static void stopBroker() {
    shared.close();
  }

  @BeforeEach
  void openLog() {
    log = EventLogs.open(EventLogSettings.external("generations-" + DOMAINS.incrementAndGet(), shared.connection().get("bootstrap.servers"), Map.of()));
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void passesToTheNewEmbeddingsAllAtOnceOnceEachPassageHasOne() throws Exception {
    put("a", "the mill grinds", "old");
    put("b", "the river runs", "old");
    try (IndexGenerations index = open()) {
      await().atMost(PATIENCE).until(() -> index.counts().passagesWithVectors() == 2);
      assertThat(choice.searched).containsExactly("old");
      choice.wanted = "test/new@1";
      await().atMost(PATIENCE).until(() -> index.succession().isPresent());
      embed("a", "the mill grinds", "test/new@1");
      await().atMost(PATIENCE).until(() -> index.succession().orElseThrow().embedded() == 1);
      assertThat(index.succession()).contains(new IndexGenerations.Succession(Map.of("en", "test/new@1"), 1, 2));
      assertThat(index.models()).containsEntry("en", "old");
      assertThat(hits(index)).containsExactlyInAnyOrder("a", "b");
      embed("b", "the river runs", "test/new@1");
      await().atMost(PATIENCE).until(() -> index.models().get("en").equals("test/new@1"));
      assertThat(hits(index)).containsExactlyInAnyOrder("a", "b");
      assertThat(index.counts().passagesWithVectors()).isEqualTo(2);
      await().atMost(PATIENCE).until(() -> IndexPlace.folders(home).size() == 1);
      assertThat(choice.searched).containsExactly("old", "test/new@1");
      await().atMost(PATIENCE).until(() -> open.size() == 1);
    }
    assertThat(open).isEmpty();
    try (IndexGenerations index = open()) {
      assertThat(index.models()).containsEntry("en", "test/new@1");
      assertThat(index.counts().passagesWithVectors()).as("without reading the log again").isEqualTo(2);
    }
  }

  @Test
  void searchesFindTheSameWhileOneTakesTheOthersPlace() throws Exception {
    for (int i = 0; i < 40; i++) {
      put("d" + i, "the mill grinds number " + i, "old");
      embed("d" + i, "the mill grinds number " + i, "test/new@1");
    }
    try (IndexGenerations index = open()) {
      await().atMost(PATIENCE).until(() -> index.counts().passagesWithVectors() == 40);
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger searches = new AtomicInteger();
      List<Throwable> failures = new CopyOnWriteArrayList<>();
      List<Thread> readers = new ArrayList<>();
      for (int t = 0; t < 3; t++) {
        readers.add(Thread.ofPlatform().start(() -> {
          try {
            while (!stop.get()) {
              assertThat(index.search(Query.of("mill", 100, Access.EVERYTHING)).hits()).hasSize(40);
              searches.incrementAndGet();
            }
          } catch (Throwable e) {
            failures.add(e);
          }
        }));
      }
      for (String wanted : List.of("test/new@1", "old", "test/new@1")) {
        choice.wanted = wanted;
        await().atMost(PATIENCE).until(() -> index.models().get("en").equals(wanted));
      }
      stop.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      assertThat(failures).isEmpty();
      assertThat(searches.get()).isGreaterThan(20);
    }
  }

  @Test
  void goesOnWithAHalfFilledIndexAfterAStopAndGivesUpOneThatIsNoLongerWanted() throws Exception {
    put("a", "the mill grinds", "old");
    put("b", "the river runs", "old");
    embed("a", "the mill grinds", "test/new@1");
    try (IndexGenerations index = open()) {
      await().atMost(PATIENCE).until(() -> index.counts().passagesWithVectors() == 2);
      choice.wanted = "test/new@1";
      await().atMost(PATIENCE).until(() -> index.succession().map(s -> s.embedded() == 1).orElse(false));
    }
    assertThat(IndexPlace.folders(home)).hasSize(2);
    try (IndexGenerations index = open()) {
      assertThat(index.models()).containsEntry("en", "old");
      await().atMost(PATIENCE).until(() -> index.succession().map(s -> s.embedded() == 1).orElse(false));
      choice.wanted = "test/newer@1";
      await().atMost(PATIENCE).until(() -> index.succession().map(s -> s.models().containsValue("test/newer@1")).orElse(false));
      assertThat(IndexPlace.folders(home)).hasSize(2);
      choice.wanted = "old";
      await().atMost(PATIENCE).until(() -> index.succession().isEmpty() && IndexPlace.folders(home).size() == 1);
      assertThat(hits(index)).containsExactlyInAnyOrder("a", "b");
    }
  }

  @Test
  void isFilledAnewWhereItsModelIsGone() throws Exception {
    put("a", "the mill grinds", "old");
    try (IndexGenerations index = open()) {
      await().atMost(PATIENCE).until(() -> index.counts().passagesWithVectors() == 1);
    }
    choice.there.remove("old");
    choice.wanted = "test/new@1";
    embed("a", "the mill grinds", "test/new@1");
    try (IndexGenerations index = open()) {
      assertThat(index.models()).containsEntry("en", "test/new@1");
      await().atMost(PATIENCE).until(() -> index.counts().passagesWithVectors() == 1);
      assertThat(hits(index)).containsExactly("a");
    }
  }

  @Test
  void aWantedModelThatCannotBeReadKeepsNobodyFromSearching() throws Exception {
    put("a", "the mill grinds", "old");
    choice.wanted = "damaged";
    try (IndexGenerations index = open()) {
      await().atMost(PATIENCE).until(() -> index.counts().passagesWithVectors() == 1);
      assertThat(hits(index)).containsExactly("a");
      await().atMost(PATIENCE).until(() -> index.trouble().orElse("").contains("cannot be read"));
      choice.wanted = "old";
      await().atMost(PATIENCE).until(() -> index.trouble().isEmpty());
    }
  }

  @Test
  void refusesAPlaceThatLeadsElsewhere() throws Exception {
    Files.writeString(home.resolve(IndexPlace.FILE), "{\"folder\": \"../elsewhere\", \"models\": {}}");
    assertThatThrownBy(this::open).hasStackTraceContaining("'../elsewhere'");
  }

  private IndexGenerations open() {
    return new IndexGenerations(
        log, home, model -> new Signs(model.id()),
        (place, embedders) -> new PassageIndex(place, embedders, SearchSettings.DEFAULT, VectorPrecision.FLOAT, InstantSource.system()),
        choice);
  }

  private static List<String> hits(IndexGenerations index) {
    return index.search(Query.of("the mill and the river", 10, Access.EVERYTHING)).hits().stream()
        .map(hit -> hit.passage().documentId()).toList();
  }

  private void put(String id, String text, String model) {
    log.append(Topic.PASSAGES, id, Json.bytes(List.of(passage(id, text)))).join();
    embed(id, text, model);
  }

  private void embed(String id, String text, String model) {
    Passage passage = passage(id, text);
    float[] vector = Signs.vector(model + passage.textInContext());
    log.append(
        Topic.VECTORS, id + PassageVectors.suffix(model),
        Json.bytes(new PassageVectors(id, model, List.of(new PassageVector(TextHash.of(passage), vector))))).join();
  }

  private static Passage passage(String id, String text) {
    return new Passage(id + "#0", id, 0, "", List.of(id), "", text, Language.ENGLISH, null, Set.of());
  }

  /** Vectors that depend on text and model and mean nothing. */
  private final class Signs implements Embedder {
    static final int DIMENSION = 8;
    private final String model;

    Signs(String model) {
      this.model = model;
      open.add(this);
    }

    @Override
    public String model() {
      return model;
    }

    @Override
    public int dimension() {
      return DIMENSION;
    }

    @Override
    public List<float[]> embedQueries(List<String> texts) {
      return embedPassages(texts);
    }

    @Override
    public List<float[]> embedPassages(List<String> texts) {
      return texts.stream().map(text -> vector(model + text)).toList();
    }

    private static float[] vector(String seed) {
      Random random = new Random(seed.hashCode());
      float[] vector = new float[DIMENSION];
      for (int i = 0; i < DIMENSION; i++) {
        vector[i] = (float) random.nextGaussian();
      }
      return Vectors.toUnitLength(vector);
    }

    @Override
    public void close() {
      open.remove(this);
    }
  }
}
