// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvFormat;
import io.millrace.engine.kernel.KvPages;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The draft by itself, driven as a sequence drives it. */
class DraftModelTest {
  private static final int PAGES = 16;

  @TempDir
  static Path folder;

  private static Path model;

  @BeforeAll
  static void write() throws IOException {
    model = SmallModel.write(folder.resolve("model"), 1);
  }

  private static DraftModel draft(Path from, int pages, double stepCost) throws IOException {
    LlamaConfig config = LlamaConfig.read(from);
    return new DraftModel(LlamaDecoder.open(from, config, 1, KvFormat.F32, pages), config.vocabulary(), stepCost);
  }

  /** Everything read anew: what a greedy decoder writes after these tokens. */
  static int[] greedy(LlamaDecoder decoder, int[] tokens, int size, int count) {
    PageTable table = new PageTable();
    for (int i = 0; i < decoder.kv().count(); i++) {
      table.add(i);
    }
    int[] written = new int[count];
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      rows.add(new Row(table, tokens[i], i == size - 1));
    }
    for (int i = 0; i < count; i++) {
      float[] logits = decoder.step(rows)[0];
      for (int t = 1; t < logits.length; t++) {
        written[i] = logits[t] > logits[written[i]] ? t : written[i];
      }
      rows = List.of(new Row(table, written[i], true));
    }
    return written;
  }

  @Test
  void guessesWhatItWouldWriteItselfWhateverBecameOfItsGuesses() throws IOException {
    Random random = new Random(3);
    try (DraftModel draft = draft(model, PAGES, 0);
        LlamaDecoder fresh = LlamaDecoder.open(model, LlamaConfig.read(model), 1, KvFormat.F32, 0)) {
      int guesses = 0;
      for (int round = 0; round < 6; round++) {
        Speculation guess = draft.speculation(3, 1);
        int[] tokens = random.ints(256, 0, 300).toArray();
        int size = 1 + random.nextInt(180);
        while (size < 230) {
          int[] guessed = guess.propose(tokens, size, random.nextInt(4));
          assertThat(guessed).isEqualTo(greedy(fresh, tokens, size, guessed.length));
          int right = random.nextInt(guessed.length + 1);
          System.arraycopy(guessed, 0, tokens, size, right); // what comes after them is drawn otherwise
          guess.judge(guessed.length, right);
          guesses += guessed.length;
          size += right + 1;
          if (random.nextInt(20) == 0) {
            guess.release(); // preempted
            assertThat(draft.availablePages()).isEqualTo(PAGES);
          }
        }
        guess.release();
        assertThat(draft.availablePages()).isEqualTo(PAGES);
      }
      assertThat(guesses).isGreaterThan(150);
    }
  }

  @Test
  void readsALongPromptInPartsAndGuessesNothingMeanwhile() throws IOException {
    int[] tokens = new Random(5).ints(200, 0, 300).toArray();
    try (DraftModel draft = draft(model, PAGES, 0)) {
      Speculation first = draft.speculation(3, 1);
      List<Integer> counts = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int[] guessed = first.propose(tokens, 200, 3);
        first.judge(guessed.length, 0);
        counts.add(guessed.length);
      }
      assertThat(counts).containsExactly(0, 0, 0, 3); // 64 + 64 + 64 + 8
      first.release();
      assertThat(draft.speculation(3, 1).propose(tokens, 200, 3)).hasSize(3); // its pages are known
    }
  }

  @Test
  void guessesNothingWithoutPagesAndGivesBackWhatItHad() throws IOException {
    int[] tokens = new Random(5).ints(200, 0, 300).toArray();
    try (DraftModel draft = draft(model, 3, 0)) {
      Speculation large = draft.speculation(3, 1);
      assertThat(large.propose(tokens, 100, 3)).isEmpty(); // 64 of 100; the rest needs a fourth page
      assertThat(draft.availablePages()).isEqualTo(1);
      Speculation small = draft.speculation(3, 1);
      int[] other = new Random(6).ints(32, 0, 300).toArray();
      assertThat(small.propose(other, 32, 3)).hasSize(1); // the first guess is in no page yet, the second needs one
      assertThat(large.propose(tokens, 100, 3)).isEmpty();
      assertThat(draft.availablePages()).isEqualTo(2);
      small.release();
      assertThat(large.propose(tokens, 30, 3)).isEmpty(); // pauses, so that it does not read in vain again and again
      assertThat(draft.availablePages()).isEqualTo(3);
    }
  }

  @Test
  void guessesOnlyWithinItsOwnContextAndVocabulary() throws IOException {
    Path shorter = SmallModel.write(folder.resolve("short"), 1, 40);
    int[] tokens = new Random(5).ints(200, 0, 300).toArray();
    LlamaConfig config = LlamaConfig.read(shorter);
    try (DraftModel draft = new DraftModel(LlamaDecoder.open(shorter, config, 1, KvFormat.F32, 4), 250, 0)) {
      Speculation guess = draft.speculation(3, 1);
      Arrays.setAll(tokens, i -> tokens[i] % 250);
      int[] guessed = guess.propose(tokens, 38, 3);
      assertThat(guessed).hasSize(2);
      assertThat(Arrays.stream(guessed).max().orElseThrow()).isLessThan(250);
      guess.judge(2, 0);
      assertThat(guess.propose(tokens, 40, 3)).isEmpty();
      assertThat(guess.propose(tokens, 100, 3)).isEmpty();
      guess.release();
      tokens[7] = 250;
      assertThat(draft.speculation(3, 1).propose(tokens, 20, 3)).isEmpty();
      assertThat(draft.availablePages()).isEqualTo(4);
    }
  }

  @Test
  void sequencesAfterUselessOnesBeginWithAPauseButSomeTryAllTheSame() throws IOException {
    int[] tokens = new Random(5).ints(200, 0, 300).toArray();
    try (DraftModel draft = draft(model, PAGES, 0.2)) {
      Speculation useless = draft.speculation(3, 1.5);
      int asked = 0;
      for (int i = 0; i < 170; i++) {
        int[] guessed = useless.propose(tokens, 30 + i, 3);
        useless.judge(guessed.length, 0);
        asked += guessed.length > 0 ? 1 : 0;
      }
      assertThat(asked).isBetween(3, 10);
      useless.release();
      int tried = 0;
      for (int i = 0; i < 64; i++) {
        Speculation next = draft.speculation(3, 1.5);
        tried += next.propose(tokens, 30, 3).length > 0 ? 1 : 0;
        next.release();
      }
      assertThat(tried).isEqualTo(4);
    }
  }

  /** A copy whose logits are not numbers. */
  static Path torn(Path model, Path torn) throws IOException {
    Files.createDirectories(torn);
    Files.copy(model.resolve("config.json"), torn.resolve("config.json"));
    List<TensorView> tensors = new ArrayList<>();
    try (TensorSource source = TensorSource.openFolder(model)) {
      for (String name : source.names()) {
        float[] w = source.tensor(name).toFloats();
        Arrays.fill(w, 0, name.equals("lm_head.weight") ? 40 : 0, Float.NaN);
        tensors.add(TensorView.ofFloats(name, w, source.tensor(name).shape()));
      }
    }
    SafetensorsWriter.write(torn.resolve("model.safetensors"), tensors, Map.of());
    return torn;
  }

  @Test
  void isNotAskedAnyMoreAfterItFailed() throws IOException {
    try (DraftModel draft = draft(torn(model, folder.resolve("torn")), PAGES, 0)) {
      Speculation guess = draft.speculation(3, 1);
      assertThat(guess.propose(new int[] {1, 2, 3}, 3, 3)).isEmpty();
      assertThat(draft.availablePages()).isEqualTo(PAGES);
      assertThat(guess.propose(new int[KvPages.POSITIONS], KvPages.POSITIONS, 3)).isEmpty();
    }
  }

  @Test
  void refusesAnotherVocabularyAndNamesTheFirstDifference() throws IOException {
    Path other = SmallModel.write(folder.resolve("other"), 1);
    SameVocabulary.check(model, other);
    Path file = other.resolve("tokenizer.json");
    String json = Files.readString(file);
    Files.writeString(file, json.replace("\"vocab\"", " \"vocab\"")); // other bytes, the same tokens
    SameVocabulary.check(model, other);
    Files.writeString(file, json.replaceFirst("\"m\"( ?:)", "\"ẞ\"$1"));
    assertThatThrownBy(() -> SameVocabulary.check(model, other)).isInstanceOf(IOException.class)
        .hasMessageContaining("is 'm' in " + model + " and 'ẞ' in " + other);
    Files.writeString(file, "{");
    assertThatThrownBy(() -> SameVocabulary.check(model, other)).hasMessageContaining("not a tokenizer.json");
    Files.delete(file);
    assertThatThrownBy(() -> SameVocabulary.check(model, other)).isInstanceOf(IOException.class);
  }
}
