// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.model.safetensors.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LlamaDecoderTest {
  @TempDir
  Path folder;

  private int pagesGiven;

  private LlamaDecoder open(Path folder) throws IOException {
    return open(folder, KvFormat.F32);
  }

  private LlamaDecoder open(Path folder, KvFormat kv) throws IOException {
    pagesGiven = 0;
    return LlamaDecoder.open(folder, LlamaConfig.read(folder), 2, kv, 100);
  }

  /** A sequence with pages for so many tokens. */
  private PageTable sequence(int capacity) {
    PageTable table = new PageTable();
    while (table.capacity() < capacity) {
      table.add(pagesGiven++);
    }
    return table;
  }

  private static float[] append(LlamaDecoder d, PageTable cache, int token) {
    return append(d, cache, token, false);
  }

  private static float[] append(LlamaDecoder d, PageTable cache, int token, boolean given) {
    return d.step(List.of(new Row(cache, token, true, given, null)))[0];
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
  @CsvSource({"F32, false, 1e-4", "F32, true, 1e-4", "BF16, false, 0.15", "BF16, true, 0.25", "I8, false, 0.35", "I8, true, 0.35"})
  void reproducesTheReferenceLogitsWithinTheTypesTolerance(DType type, boolean given, float tolerance) throws IOException {
    Stories stories = Stories.read();
    try (LlamaDecoder d = open(stories.write(folder, type))) {
      PageTable cache = sequence(32);
      int[] path = stories.greedyPath();
      float[][] expected = stories.referenceLogits();
      float worst = 0;
      for (int i = 0; i < expected.length; i++) {
        worst = Math.max(worst, distance(append(d, cache, path[i], given), expected[i]));
      }
      assertThat(worst).isLessThan(tolerance);
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, 0.15", "INT8, 0.7"})
  void staysNearTheReferenceWithKeysAndValuesInFewBits(KvFormat kv, float tolerance) throws IOException {
    Stories stories = Stories.read();
    try (LlamaDecoder d = open(stories.write(folder, DType.F32), kv)) {
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

  @Test
  void writesTheReferenceTextByteForByte() throws IOException {
    Stories stories = Stories.read();
    try (LlamaDecoder d = open(stories.write(folder, DType.F32))) {
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

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "I8"})
  void givesEachSequenceTheSameNumbersInEveryCompany(DType type) throws IOException {
    Stories stories = Stories.read();
    try (LlamaDecoder d = open(stories.write(folder, type))) {
      Random random = new Random(2);
      int[][] sequences = new int[7][];
      float[][][] alone = new float[7][][];
      for (int s = 0; s < 7; s++) {
        sequences[s] = random.ints(20, 3, 512).toArray();
        PageTable cache = sequence(40);
        alone[s] = new float[20][];
        for (int t = 0; t < 20; t++) {
          alone[s][t] = append(d, cache, sequences[s][t]);
        }
      }
      List<PageTable> caches = new ArrayList<>();
      for (int s = 0; s < 7; s++) {
        caches.add(sequence(40));
      }
      for (int t = 0; t < 20; t++) { // sequence s joins at step s: batches of 1 to 7
        List<Row> rows = new ArrayList<>();
        for (int s = 0; s < 7 && s <= t; s++) {
          rows.add(new Row(caches.get(s), sequences[s][t - s], true));
        }
        float[][] together = d.step(rows);
        for (int s = 0; s < rows.size(); s++) {
          assertThat(together[s]).as("sequence %d, step %d", s, t).isEqualTo(alone[s][t - s]);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32, true", "F32, false", "BF16, true", "BF16, false", "I8, true", "I8, false"})
  void readsInBlocksAsOneByOne(DType type, boolean given) throws IOException {
    Stories stories = Stories.read();
    try (LlamaDecoder d = open(stories.write(folder, type))) {
      int[] tokens = new Random(4).ints(100, 3, 512).toArray();
      PageTable one = sequence(100);
      float[] expected = {};
      for (int token : tokens) {
        expected = append(d, one, token, given);
      }
      for (int block : new int[] {3, 32, 100}) {
        PageTable cache = sequence(100);
        float[][] last = {};
        for (int from = 0; from < tokens.length; from += block) {
          List<Row> rows = new ArrayList<>();
          for (int i = from; i < Math.min(tokens.length, from + block); i++) {
            rows.add(new Row(cache, tokens[i], i == tokens.length - 1, given, null));
          }
          last = d.step(rows);
        }
        assertThat(last[0]).as("blocks of %d", block).isEqualTo(expected);
      }
    }
  }

  /** Rows that were given and rows that were written go through other products, side by side in one step. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "I8"})
  void readsTheSameBesideThoseThatWrite(DType type) throws IOException {
    Stories stories = Stories.read();
    try (LlamaDecoder d = open(stories.write(folder, type))) {
      int[] tokens = new Random(5).ints(40, 3, 512).toArray();
      PageTable alone = sequence(64);
      float[] expected = {};
      for (int i = 0; i < tokens.length; i++) {
        expected = append(d, alone, tokens[i], i < 37);
      }
      PageTable mixed = sequence(64);
      PageTable writer = sequence(64);
      PageTable other = sequence(64);
      List<Row> rows = new ArrayList<>(List.of(new Row(writer, 9, true)));
      for (int i = 0; i < tokens.length; i++) { // the last three were written, and are read again with the rest
        rows.add(new Row(mixed, tokens[i], i == tokens.length - 1, i < 37, null));
      }
      for (int i = 0; i < 5; i++) {
        rows.add(new Row(other, 20 + i, false, true, null));
      }
      assertThat(d.step(rows)[1]).isEqualTo(expected);
    }
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    Stories stories = Stories.read();
    try (LlamaDecoder d = open(stories.write(folder, DType.F32))) {
      PageTable cache = sequence(1);
      assertThatThrownBy(() -> append(d, cache, 512)).hasMessageContaining("token 512 is not below");
      for (int i = 0; i < cache.capacity(); i++) {
        append(d, cache, 5);
      }
      assertThatThrownBy(() -> append(d, cache, 5)).hasMessageContaining("full at 32");
    }
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"hidden_size\":64", "\"hidden_size\":32"));
    assertThatThrownBy(() -> open(folder)).isInstanceOf(IOException.class)
        .hasMessageContaining("tensor model.embed_tokens.weight: expected shape [512, 32], found [512, 64]");
    Files.writeString(config, Files.readString(config).replace("\"llama\"", "\"mamba\""));
    assertThatThrownBy(() -> open(folder)).hasMessageContaining("found mamba");
  }
}
