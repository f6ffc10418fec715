// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Service;
import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class AdapterTest {
  private static final int RANK = 4;
  private static final double ALPHA = 6;
  private static final List<String> MATRICES = List.of("model.layers.0.self_attn.q_proj",
      "model.layers.1.mlp.down_proj", "model.layers.1.mlp.up_proj");

  @TempDir
  static Path folder;

  private static Path base;

  @BeforeAll
  static void write() throws IOException {
    base = SmallModel.write(folder.resolve("base"), 1);
  }

  /** Writes an adapter, and a model whose weights it has been added to. */
  private static Path write(String name, long seed) throws IOException {
    Random random = new Random(seed);
    List<TensorView> adapter = new ArrayList<>();
    List<TensorView> merged = new ArrayList<>();
    try (TensorSource source = TensorSource.openFolder(base)) {
      for (String tensor : source.names()) {
        TensorView view = source.tensor(tensor);
        float[] w = view.toFloats();
        if (MATRICES.contains(tensor.replace(".weight", ""))) {
          int rows = (int) view.shape()[0];
          int columns = (int) view.shape()[1];
          float[] a = gaussians(random, RANK * columns);
          float[] b = gaussians(random, rows * RANK);
          String at = "base_model.model." + tensor.replace(".weight", "");
          adapter.add(TensorView.ofFloats(at + ".lora_A.weight", a, RANK, columns));
          adapter.add(TensorView.ofFloats(at + ".lora_B.weight", b, rows, RANK));
          for (int i = 0; i < w.length; i++) {
            for (int k = 0; k < RANK; k++) {
              w[i] += (float) (ALPHA / RANK * b[i / columns * RANK + k] * a[k * columns + i % columns]);
            }
          }
        }
        merged.add(TensorView.ofFloats(tensor, w, view.shape()));
      }
      Path out = folder.resolve(name);
      Files.createDirectories(out.resolve("merged"));
      SafetensorsWriter.write(out.resolve("adapter_model.safetensors"), adapter, Map.of());
      Files.writeString(out.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 6}");
      SafetensorsWriter.write(out.resolve("merged/model.safetensors"), merged, Map.of());
      for (String file : List.of("config.json", "tokenizer.json")) {
        Files.copy(base.resolve(file), out.resolve("merged").resolve(file), StandardCopyOption.REPLACE_EXISTING);
      }
      return out;
    }
  }

  private static float[] gaussians(Random random, int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian() * 0.3f;
    }
    return x;
  }

  private static LlamaDecoder open(Path model) throws IOException {
    return LlamaDecoder.open(model, LlamaConfig.read(model), 2, KvFormat.F32, 8);
  }

  private static StepModel open(Path model, boolean libtorch) throws IOException {
    return libtorch
        ? TorchDecoder.open(model, LlamaConfig.read(model), Device.CPU, DType.F32, KvFormat.F32, 8) : open(model);
  }

  private static PageTable page(int id) {
    PageTable table = new PageTable();
    table.add(id);
    return table;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesWhatMergedWeightsGiveAlsoBesideOtherAdapters(boolean libtorch) throws IOException {
    Path one = write("one", 2);
    Path two = write("two", 3);
    try (StepModel d = open(base, libtorch); LlamaDecoder first = open(one.resolve("merged"));
        LlamaDecoder second = open(two.resolve("merged"))) {
      Adapter a = d.openAdapter(one);
      Adapter b = d.openAdapter(two);
      PageTable[] mine = {page(0), page(1), page(2)};
      PageTable[] theirs = {page(0), page(0), page(0)};
      for (int token : new int[] {5, 9, 200, 17}) {
        float[][] together = d.step(
            List.of(new Row(mine[0], token, true, false, a), new Row(mine[1], token, true, false, b), new Row(mine[2], token, true)));
        // The plain row after them is as if they were not there.
        List<LlamaDecoder> expected = List.of(first, second);
        for (int i = 0; i < 2; i++) {
          float[] merged = expected.get(i).step(List.of(new Row(theirs[i], token, true)))[0];
          for (int t = 0; t < merged.length; t++) {
            assertThat(together[i][t]).isCloseTo(merged[t], within(2e-3f));
          }
        }
        assertThat(together[0]).isNotEqualTo(together[2]);
      }
      a.release();
      b.release();
    }
  }

  @Test
  void isExchangedWhileRequestsRunOnTheOldOne() throws IOException {
    Path one = write("old", 4);
    Path two = write("new", 5);
    try (DecoderGenerator g = DecoderGenerator.open(base, "base", DecoderGeneratorTest.SETTINGS)) {
      g.putAdapter("style", one);
      Service style = new Service("", 0, "style");
      Generation before = g.generate(DecoderGeneratorTest.request(60, 8).with(style), t -> { });
      Generation plain = g.generate(DecoderGeneratorTest.request(60, 8), t -> { });
      assertThat(before.text()).isNotEqualTo(plain.text());
      AtomicInteger pieces = new AtomicInteger();
      Generation inFlight = g.generate(DecoderGeneratorTest.request(60, 8).with(style), t -> {
        if (pieces.getAndIncrement() == 0) {
          try {
            g.putAdapter("style", two);
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        }
      });
      assertThat(inFlight.text()).isEqualTo(before.text());
      assertThat(g.generate(DecoderGeneratorTest.request(60, 8).with(style), t -> { }).text()).isNotEqualTo(before.text());
      assertThat(g.generate(DecoderGeneratorTest.request(60, 8), t -> { }).text()).isEqualTo(plain.text());
      assertThat(g.adapters()).containsExactly("style");
      assertThat(g.removeAdapter("style")).isTrue();
      assertThatThrownBy(() -> g.generate(DecoderGeneratorTest.request(5, 8).with(style), t -> { }))
          .hasMessage("no adapter 'style'; there are: none");
    }
  }

  @Test
  void saysWhichTensorsAreNoneOfTheModelsOrNoNumbers() throws IOException {
    Path broken = write("broken", 6);
    Path weights = broken.resolve("adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    java.util.Arrays.fill(bytes, bytes.length - 4, bytes.length, (byte) 0xff); // all ones is not a number
    Files.write(weights, bytes);
    try (LlamaDecoder d = open(base)) {
      assertThatThrownBy(() -> d.openAdapter(broken)).isInstanceOf(IOException.class).hasMessageContaining("is NaN");
    }
    SafetensorsWriter.write(broken.resolve("adapter_model.safetensors"),
        List.of(TensorView.ofFloats("base_model.model.model.layers.7.self_attn.q_proj.lora_A.weight", new float[4], 2, 2)),
        Map.of());
    try (LlamaDecoder d = open(base)) {
      assertThatThrownBy(() -> d.openAdapter(broken)).isInstanceOf(IOException.class)
          .hasMessageContaining("layers.7.self_attn.q_proj.lora_A");
      Files.writeString(broken.resolve("adapter_config.json"), "{\"r\": 0}");
      assertThatThrownBy(() -> d.openAdapter(broken)).hasMessageContaining("r: expected a positive integer");
    }
  }
}
