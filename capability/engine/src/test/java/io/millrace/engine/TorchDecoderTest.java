// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.model.safetensors.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.ProcessMemory;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TorchDecoderTest {
  private static final io.millrace.tensor.DType F32 = io.millrace.tensor.DType.F32;

  /** Of logits from minus 15 to 15: what sums in another order in F32 make. */
  private static final float ROUNDING = 2e-4f;

  @TempDir
  Path folder;

  private int pagesGiven;

  /** The device of this name; the test is skipped where it is not there. */
  private static Device device(String name) {
    Device device = Device.parse(name);
    Assumptions.assumeTrue(device.equals(Device.CPU) || torch.cuda_is_available(), "no CUDA device");
    return device;
  }

  private StepModel open(Path model, String device, io.millrace.tensor.DType numbers, KvFormat kv) throws IOException {
    pagesGiven = 0;
    return TorchDecoder.open(model, LlamaConfig.read(model), device(device), numbers, kv, 200);
  }

  private StepModel open(Path model, String device) throws IOException {
    return open(model, device, F32, KvFormat.F32);
  }

  private static StepModel kernels(Path model) throws IOException {
    return LlamaDecoder.open(model, LlamaConfig.read(model), 2, KvFormat.F32, 200);
  }

  /** A sequence with pages for so many tokens, not one after the other in memory. */
  private PageTable sequence(int capacity) {
    PageTable table = new PageTable();
    while (table.capacity() < capacity) {
      table.add(pagesGiven++ * 7 % 200);
    }
    return table;
  }

  private static float[] append(StepModel d, PageTable cache, int token) {
    return d.step(List.of(new Row(cache, token, true)))[0];
  }

  private static float distance(float[] a, float[] b) {
    float max = 0;
    for (int i = 0; i < a.length; i++) {
      max = Math.max(max, Math.abs(a[i] - b[i]));
    }
    return max;
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  @ParameterizedTest
  @CsvSource({"cpu, F32, F32, F32, 2e-4", "cpu, F32, F32, BF16, 0.15", "cpu, BF16, BF16, BF16, 0.5",
      "cpu, F32, BF16, BF16, 0.5", "cuda, F32, F32, F32, 1e-3", "cuda, BF16, BF16, BF16, 0.5"})
  void reproducesTheReferenceLogitsWithinTheTypesTolerance(
      String device, DType stored, io.millrace.tensor.DType numbers, KvFormat kv, float tolerance) throws IOException {
    Stories stories = Stories.read();
    try (StepModel d = open(stories.write(folder, stored), device, numbers, kv)) {
      PageTable cache = sequence(32);
      int[] path = stories.greedyPath();
      float[][] expected = stories.referenceLogits();
      float worst = 0;
      for (int i = 0; i < expected.length; i++) {
        worst = Math.max(worst, distance(append(d, cache, path[i]), expected[i]));
      }
      assertThat(worst).isLessThan(tolerance).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void writesTheReferenceTextByteForByte(String device) throws IOException {
    Stories stories = Stories.read();
    try (StepModel d = open(stories.write(folder, DType.F32), device)) {
      PageTable cache = sequence(256);
      List<Integer> tokens = new ArrayList<>();
      int token = Stories.BOS;
      while (tokens.size() < 200) {
        token = argmax(append(d, cache, token));
        tokens.add(token);
      }
      assertThat(stories.decode(tokens)).isEqualTo(stories.greedyText());
    }
  }

  @Test
  void computesWithWeightsInFewBitsAsTheKernelsDo() throws IOException {
    Path model = Stories.read().write(folder, DType.I8);
    assertSameLogits(model, 512);
  }

  @Test
  void computesHeadNormsBiasesAndAnOutputOfItsOwnAsTheKernelsDo() throws IOException {
    assertSameLogits(SmallModel.write(folder, 3), 300);
  }

  private void assertSameLogits(Path model, int vocabulary) throws IOException {
    int[] tokens = new Random(1).ints(70, 3, vocabulary).toArray();
    try (StepModel d = open(model, "cpu"); StepModel reference = kernels(model)) {
      PageTable mine = sequence(70);
      PageTable theirs = sequence(70);
      for (int token : tokens) {
        float[] expected = append(reference, theirs, token);
        assertThat(distance(append(d, mine, token), expected)).isLessThan(ROUNDING);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void givesManyTogetherWhatItGivesEachAlone(String device) throws IOException {
    Stories stories = Stories.read();
    try (StepModel d = open(stories.write(folder, DType.F32), device)) {
      Random random = new Random(2);
      // Beginnings of 1 to 181 tokens, so of one to six pages; then a token each, all together.
      int[][] texts = new int[7][];
      float[][] alone = new float[7][];
      List<Row> whole = new ArrayList<>();
      List<Row> next = new ArrayList<>();
      for (int s = 0; s < 7; s++) {
        texts[s] = random.ints(2 + 30 * s, 3, 512).toArray();
        int last = texts[s].length - 1;
        PageTable single = sequence(last + 1);
        d.step(rows(single, texts[s], 0, last));
        alone[s] = append(d, single, texts[s][last]);
        PageTable shared = sequence(last + 1);
        if (s < 4) {
          whole.addAll(rows(shared, texts[s], 0, last)); // beginnings of several lengths in one step
        } else {
          d.step(rows(shared, texts[s], 0, last));
        }
        next.add(new Row(shared, texts[s][last], true));
      }
      d.step(whole);
      float[][] together = d.step(next);
      for (int s = 0; s < 7; s++) {
        assertThat(distance(together[s], alone[s])).as("sequence %d", s).isLessThan(ROUNDING);
      }
    }
  }

  private static List<Row> rows(PageTable cache, int[] tokens, int from, int to) {
    List<Row> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      rows.add(new Row(cache, tokens[i], i == tokens.length - 1));
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void readsInBlocksWhatItReadsOneByOne(String device) throws IOException {
    Stories stories = Stories.read();
    try (StepModel d = open(stories.write(folder, DType.F32), device)) {
      int[] tokens = new Random(4).ints(100, 3, 512).toArray();
      PageTable one = sequence(100);
      float[] expected = {};
      for (int token : tokens) {
        expected = append(d, one, token);
      }
      for (int block : new int[] {3, 32, 100}) {
        PageTable cache = sequence(100);
        float[][] last = {};
        for (int from = 0; from < tokens.length; from += block) {
          last = d.step(rows(cache, tokens, from, Math.min(tokens.length, from + block)));
        }
        assertThat(last).hasDimensions(1, 512);
        assertThat(distance(last[0], expected)).as("blocks of %d", block).isLessThan(ROUNDING);
      }
    }
  }

  @Test
  void forgetsWhatPagesHeldBefore() throws IOException {
    Stories stories = Stories.read();
    try (StepModel d = open(stories.write(folder, DType.F32), "cpu")) {
      PageTable cache = sequence(64);
      float[] first = append(d, cache, 9);
      d.step(rows(cache, new Random(5).ints(60, 3, 512).toArray(), 0, 50));
      cache.size(0); // another sequence gets the pages
      assertThat(append(d, cache, 9)).isEqualTo(first);
    }
  }

  @Test
  void holdsNoMoreMemoryAfterManySteps() throws IOException {
    Stories stories = Stories.read();
    try (StepModel d = open(stories.write(folder, DType.F32), "cpu")) {
      PageTable one = sequence(128);
      PageTable two = sequence(128);
      long bytes = 0;
      for (int i = 0; i < 600; i++) {
        if (one.size() == 120) {
          one.size(0);
          two.size(0);
        }
        if (i == 200) { // by then every shape has been seen
          bytes = ProcessMemory.resident();
        }
        d.step(List.of(new Row(one, 5, true), new Row(two, 6, false), new Row(two, 7, true)));
        two.size(two.size() - 1);
      }
      assertThat(ProcessMemory.resident() - bytes).isLessThan(32 << 20);
    }
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    Stories stories = Stories.read();
    Path model = stories.write(folder, DType.F32);
    try (StepModel d = open(model, "cpu")) {
      PageTable cache = sequence(1);
      assertThatThrownBy(() -> append(d, cache, 512)).hasMessageContaining("token 512 is not below");
      for (int i = 0; i < cache.capacity(); i++) {
        append(d, cache, 5);
      }
      assertThatThrownBy(() -> append(d, cache, 5)).hasMessageContaining("full at 32");
      assertThat(d.step(List.of())).isEmpty();
    }
    assertThatThrownBy(() -> open(model, "cpu", F32, KvFormat.INT8)).hasMessageContaining("INT8")
        .hasMessageContaining("BF16 or F32");
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"hidden_size\":64", "\"hidden_size\":32"));
    assertThatThrownBy(() -> open(model, "cpu")).isInstanceOf(IOException.class)
        .hasMessageContaining("tensor model.embed_tokens.weight: expected shape [512, 32], found [512, 64]");
  }

  @Test
  void saysThatATornModelComputesNoNumbers() throws IOException {
    SmallModel.write(folder, 1);
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0xff); // all ones is not a number
    Files.write(file, bytes);
    assertThatThrownBy(() -> open(folder, "cpu")).isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a logit is NaN on cpu in F32");
  }

  @Test
  void saysWhatToDoWhereTheDeviceIsNotThere() throws IOException {
    SmallModel.write(folder, 1);
    LlamaConfig config = LlamaConfig.read(folder);
    Device far = Device.parse("cuda:99");
    assertThatThrownBy(() -> TorchDecoder.open(folder, config, far, F32, KvFormat.F32, 8))
        .isInstanceOf(IllegalStateException.class).hasMessageContaining("cuda:99").hasMessageContaining("-Pcuda");
  }
}
