// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.registry.Staging;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.encoder.CrossEncoderSettings;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderConfig;
import io.millrace.model.encoder.EncoderWeights;
import io.millrace.model.encoder.PairLayout;
import io.millrace.model.encoder.PretrainedEncoder;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class RegistryRerankersTest {
  private static final String NAME = "mill/reranker-en";
  private static final int WIDTH = 32;

  @TempDir Path folder;
  private ArtifactRegistry registry;

  @BeforeEach
  void openARegistry() {
    registry = DirectoryArtifactRegistry.open(folder);
  }

  @Test
  void theChampionReadsAndAnotherTakesItsPlaceWhileSearchesGoOn() throws IOException {
    promote(publish(1, 0.25));
    try (RegistryRerankers rerankers = new RegistryRerankers(registry, "mill", List.of(Language.ENGLISH, Language.CHINESE))) {
      Reranker first = rerankers.of(Language.ENGLISH);
      assertThat(first).isNotNull();
      assertThat(first.model()).isEqualTo(NAME + "@1");
      assertThat(first.weight()).isEqualTo(0.25);
      assertThat(rerankers.of(Language.CHINESE)).isNull();
      double[] before = first.scores("What turns?", List.of("The wheel turns.", "Grain is milled."));

      promote(publish(2, 1));
      rerankers.refresh();
      Reranker second = rerankers.of(Language.ENGLISH);
      assertThat(second).isNotNull();
      assertThat(second.model()).isEqualTo(NAME + "@2");
      assertThat(first.scores("What turns?", List.of("The wheel turns.", "Grain is milled.")))
          .as("a search that had begun with it").isEqualTo(before);
      assertThat(second.scores("What turns?", List.of("The wheel turns.", "Grain is milled."))).isNotEqualTo(before);

      registry.retire(NAME, ArtifactRegistry.CHAMPION, "it was better before");
      rerankers.refresh();
      assertThat(rerankers.of(Language.ENGLISH)).isNull();
      assertThat(rerankers.all()).isEmpty();
    }
  }

  @Test
  void oneThatCannotBeReadLeavesTheOneBeforeInUse() throws IOException {
    promote(publish(1, 0.5));
    try (RegistryRerankers rerankers = new RegistryRerankers(registry, "mill", List.of(Language.ENGLISH))) {
      promote(publish(0, 0.5));
      rerankers.refresh();
      rerankers.refresh();
      assertThat(rerankers.all().values()).extracting(Reranker::model).containsExactly(NAME + "@1");
      promote(publish(3, 0.5));
      rerankers.refresh();
      assertThat(rerankers.all().values()).extracting(Reranker::model).containsExactly(NAME + "@3");
    }
  }

  private void promote(ArtifactVersion version) {
    registry.promote(NAME, ArtifactRegistry.CHAMPION, version.version(), "tried");
  }

  /** Publishes a model of random weights; with the seed 0 one without its weights. */
  private ArtifactVersion publish(long seed, double weight) throws IOException {
    try (Staging staging = registry.stage(NAME, "reranker")) {
      Path model = staging.directory();
      Files.write(model.resolve("tokenizer.json"), PretrainedEncoder.tokenizer(Language.ENGLISH));
      Files.write(model.resolve(CrossEncoderSettings.FILE), Json.bytes(new CrossEncoderSettings("tried", 24, PairLayout.MARKED)));
      Files.write(model.resolve(TunedReranker.FILE), Json.bytes(new TunedReranker.Say(weight)));
      if (seed > 0) {
        weights(model, seed);
      }
      return staging.commit("inputs" + seed, List.of(), Map.of(), Map.of());
    }
  }

  private static void weights(Path model, long seed) throws IOException {
    EncoderConfig config = new EncoderConfig(30_522, WIDTH, WIDTH, 1, 1, 24, PairLayout.MARKED.types(), 1e-12, 0);
    Files.writeString(model.resolve("config.json"), config.toHuggingFace("BertForSequenceClassification"));
    float[] identity = new float[WIDTH * WIDTH];
    IntStream.range(0, WIDTH).forEach(i -> identity[i * WIDTH + i] = 1);
    float[] head = new float[WIDTH];
    head[0] = 1;
    try (Encoder encoder = Encoder.random(config, seed);
        Scope _ = Scope.open()) {
      Map<String, Tensor> named = new LinkedHashMap<>();
      EncoderWeights.huggingFace(config, encoder.weights()).forEach((name, tensor) -> named.put("bert." + name, tensor));
      named.put("bert.pooler.dense.weight", Tensors.of(identity, WIDTH, WIDTH));
      named.put("bert.pooler.dense.bias", Tensors.of(new float[WIDTH], WIDTH));
      named.put("classifier.weight", Tensors.of(head, 1, WIDTH));
      named.put("classifier.bias", Tensors.of(new float[1], 1));
      TensorFolder.write(model.resolve(TensorSource.FILE), named, DType.F32);
    }
  }
}
