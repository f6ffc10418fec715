// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Section;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogFollower;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.CosineScale;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.memory.DocumentVersion;
import io.millrace.memory.DocumentView;
import io.millrace.memory.EmbedderChoice;
import io.millrace.memory.HeldCommit;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.IndexView;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.TextHash;
import io.millrace.memory.TunedModel;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import static org.awaitility.Awaitility.await;

/** A memory as a gateway has it, over a log that is the test's. */
final class TestMemory implements AutoCloseable {

  static final MemoryKind KIND =
      MemoryKind.of("mill", Map.of("en", Numbers.MODEL), VectorPrecision.FLOAT);

  final MemoryFolder folder;
  final IndexGenerations index;
  final DocumentView documents;
  final SnapshotTaker taker;

  TestMemory(EventLog log, Path home) {
    this(log, home, InstantSource.system());
  }

  TestMemory(EventLog log, Path home, InstantSource clock) {
    this(log, home, clock, LinkOrCopy.ON_DISK);
  }

  TestMemory(EventLog log, Path home, InstantSource clock, LinkOrCopy places) {
    folder = MemoryFolder.open(home.resolve("index"));
    index =
        new IndexGenerations(
            log, folder.path(), _ -> new Numbers(),
            (place, embedders) -> new PassageIndex(place, embedders, SearchSettings.DEFAULT, KIND.precision(), InstantSource.system()),
            EmbedderChoice.of(Map.of(Language.ENGLISH, new TunedModel(Numbers.MODEL, home, 8, "", 512, CosineScale.PLAIN))));
    documents = new DocumentView(log, folder.documents(), 2, InstantSource.system());
    taker = new SnapshotTaker(shelf(home), KIND, log, index, documents, clock, places);
  }

  static SnapshotShelf shelf(Path home) {
    return new SnapshotShelf(home.resolve("snapshots"));
  }

  /** Puts a document, its passage and the passage's embedding into the log, as the tiers do. */
  static void put(EventLog log, String id, String text) {
    Document document =
        new Document(
            id, "test", "page", Language.ENGLISH, text, List.of("mill", id), null,
            List.of(new Section("", "description", text, "", text, List.of())), List.of(), Instant.EPOCH, Map.of(), Set.of());
    Passage passage = new Passage(id + "#0", id, 0, "", List.of(id), "", text, Language.ENGLISH, null, Set.of());
    float[] vector = new Numbers().embedPassages(List.of(passage.textInContext())).getFirst();
    log.append(Topic.DOCUMENTS, id, Json.bytes(document)).join();
    log.append(Topic.PASSAGES, id, Json.bytes(List.of(passage))).join();
    log.append(
            Topic.VECTORS, id,
            Json.bytes(new PassageVectors(id, Numbers.MODEL, List.of(new PassageVector(TextHash.of(passage), vector)))))
        .join();
  }

  static void delete(EventLog log, String id) {
    log.append(Topic.DOCUMENTS, id, null).join();
    log.append(Topic.PASSAGES, id, null).join();
    log.append(Topic.VECTORS, id, null).join();
  }

  /** Waits until all that is in the log is here, also what the views append themselves. */
  void awaitAll(EventLog log) {
    await().atMost(Duration.ofSeconds(30)).until(
        () -> {
          Map<Integer, Long> history = log.end(Topic.HISTORY);
          return index.caughtUp() && documents.caughtUp() && index.commit(Duration.ofSeconds(5))
              && documents.commit(Duration.ofSeconds(5)) && documents.caughtUp() && history.equals(log.end(Topic.HISTORY))
              && LogFollower.lag(log, IndexView.TOPICS, held(true)) == 0
              && LogFollower.lag(log, DocumentView.TOPICS, held(false)) == 0;
        });
  }

  private Map<String, String> held(boolean passages) throws IOException {
    try (HeldCommit held = passages ? index.hold(Duration.ZERO).commit() : documents.hold()) {
      return held.facts();
    }
  }

  /** Returns all that can be asked of it about some documents. */
  Map<String, Object> state(List<String> ids) {
    Map<String, Object> state = new TreeMap<>();
    state.put("counts", index.counts());
    for (String id : ids) {
      List<Object> of = new ArrayList<>();
      of.add(index.passages(id, Access.EVERYTHING).stream().map(Passage::text).toList());
      of.add(index.embedding(id, Access.EVERYTHING).map(Arrays::toString).orElse("none"));
      of.add(documents.current(id).map(version -> version.number() + version.document().title()).orElse("none"));
      of.add(documents.earlier(id).stream().map(DocumentVersion::number).toList());
      of.add(documents.resident(id) != null);
      state.put(id, of);
    }
    state.put(
        "found",
        index.search(Query.of("flour", 100, Access.EVERYTHING)).hits().stream()
            .map(Hit::passage).map(Passage::documentId).collect(Collectors.toSet()));
    return state;
  }

  @Override
  public void close() {
    documents.close();
    index.close();
    folder.close();
  }

  /** Vectors that depend on the text and mean nothing. */
  static final class Numbers implements Embedder {

    static final String MODEL = "numbers";

    @Override
    public String model() {
      return MODEL;
    }

    @Override
    public int dimension() {
      return 8;
    }

    @Override
    public List<float[]> embedQueries(List<String> texts) {
      return embedPassages(texts);
    }

    @Override
    public List<float[]> embedPassages(List<String> texts) {
      return texts.stream().map(Numbers::vector).toList();
    }

    private static float[] vector(String text) {
      Random random = new Random(text.hashCode());
      float[] vector = new float[8];
      double sum = 0;
      for (int i = 0; i < vector.length; i++) {
        vector[i] = random.nextFloat() - 0.5f;
        sum += vector[i] * vector[i];
      }
      for (int i = 0; i < vector.length; i++) {
        vector[i] /= (float) Math.sqrt(sum);
      }
      return vector;
    }

    @Override
    public void close() {}
  }
}
