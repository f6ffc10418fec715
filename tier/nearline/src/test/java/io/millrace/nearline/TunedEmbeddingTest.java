// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Embedder;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TunedEmbeddingTest {

  @TempDir Path home;

  @Test
  void embedsByAnotherModelBesideAndThenInsteadOfThePretrainedOnes() throws Exception {
    NearlineSettings settings = NearlineSettings.embedded(home, Samples.embedders()).withCheckpointEvery(Duration.ofMillis(300));
    TunedEmbedding tuned = new TunedEmbedding("mill/embedder-en@3", Language.ENGLISH, new Opener("mill/embedder-en@3"));
    Document first = Samples.document("lib/a/First", "api", "Segments are merged in the background.");
    Document bulk = Samples.document("lib/a/Bulk", "org.example:lib:1.0", "Text from a library.");
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("tuned", home.resolve("log")));
        Views vectors = new Views(log, Topic.VECTORS)) {
      try (Nearline nearline = Nearline.start(log, settings)) {
        Samples.put(log, first);
        Samples.put(log, bulk);
        await(() -> vectors.refresh().has(first.id()) && vectors.has(bulk.id()));
        nearline.embed(new EmbeddingModels(true, List.of(tuned)));
        await(() -> vectors.refresh().has(first.id() + "@embedder-en-3") && vectors.has(bulk.id() + "@embedder-en-3"));
        PassageVectors embedded = vectors.get(first.id() + "@embedder-en-3", PassageVectors.class);
        assertThat(embedded.documentId()).isEqualTo(first.id());
        assertThat(embedded.model()).isEqualTo("mill/embedder-en@3");
        assertThat(vectors.has(first.id())).as("searched until the others are complete").isTrue();
        assertThat(nearline.status().pipelines()).extracting(NearlineStatus.Pipeline::name).containsExactly(
            "passages", "vectors-live", "vectors-backlog", "vectors-live@embedder-en-3", "vectors-backlog@embedder-en-3", "features");

        nearline.embed(new EmbeddingModels(false, List.of(tuned)));
        assertThat(vectors.refresh().deleted(first.id())).isTrue();
        await(() -> vectors.refresh().deleted(first.id()) && vectors.deleted(bulk.id()));
        assertThat(vectors.has(first.id() + "@embedder-en-3")).isTrue();
      }
      try (Nearline nearline = Nearline.start(log, settings, new EmbeddingModels(false, List.of(tuned)))) {
        assertThat(nearline.jobs()).hasSize(4);
        log.append(Topic.DOCUMENTS, first.id(), null).join();
        await(() -> vectors.refresh().deleted(first.id() + "@embedder-en-3"));
        nearline.embed(EmbeddingModels.PRETRAINED);
        await(() -> vectors.refresh().has(bulk.id()) && vectors.deleted(bulk.id() + "@embedder-en-3"));
        assertThat(vectors.has(first.id())).as("was deleted").isFalse();
        assertThat(Files.exists(home.resolve("nearline/checkpoints/vectors-live@embedder-en-3"))).isFalse();
      }
    }
  }

  @Test
  void refusesNamesThatAreNoPartOfAKey() {
    for (String name : List.of("bge-small-en-v1.5", "mill/embedder en@3", "mill/embedder-en@")) {
      assertThatThrownBy(() -> new TunedEmbedding(name, Language.ENGLISH, new Opener("x"))).hasMessageContaining("'" + name + "'");
    }
  }

  private static void await(Callable<Boolean> condition) {
    org.awaitility.Awaitility.await().atMost(Duration.ofMinutes(4)).pollInterval(Duration.ofMillis(50)).until(condition);
  }

  /** Opens a model whose vectors mean nothing. */
  private record Opener(String model) implements Embedders, Serializable {
    @Override
    public Embedder open(Language language, int threads) {
      return new Embedder() {
        @Override
        public String model() {
          return model;
        }

        @Override
        public int dimension() {
          return 2;
        }

        @Override
        public List<float[]> embedQueries(List<String> texts) {
          return embedPassages(texts);
        }

        @Override
        public List<float[]> embedPassages(List<String> texts) {
          return texts.stream().map(_ -> new float[] {0.6f, 0.8f}).toList();
        }

        @Override
        public void close() {}
      };
    }
  }
}
