// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.ChildProcess;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.GgufType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ModelShelfTest {
  private static final List<Task> TASKS = List.of(Task.prefill(40), Task.decode(1, 1, 8), Task.decode(3, 20, 120),
      Task.firstToken(100, 4, 3, true), Task.firstToken(100, 4, 2, false));

  @TempDir private static Path folder;
  private static final List<String> MADE = new ArrayList<>();
  private static ModelShelf shelf;

  @BeforeAll
  static void shelf() {
    shelf = new ModelShelf(folder, ModelShape.QWEN3_TINY, MADE::add);
  }

  @Test
  void ourEngineDoesEveryTaskInEveryPrecision() throws Exception {
    for (Precision precision : Precision.values()) {
      try (OurEngine engine = new OurEngine(shelf.ours(precision), 2, ModelShape.QWEN3_TINY.config().vocabSize())) {
        for (Task task : TASKS) {
          assertThat(engine.run(task)).as("%s %s", precision, task).isPositive().isFinite();
        }
      }
    }
  }

  @Test
  void whatWasMadeOnceIsKeptAndAHalfMadeOneIsNot() throws Exception {
    Path first = shelf.gguf(GgufType.Q8_0);
    FileTime made = Files.getLastModifiedTime(first);
    int before = MADE.size();
    Files.createDirectories(first.resolveSibling(".q4_k.gguf.unfinished"));
    assertThat(shelf.gguf(GgufType.Q8_0)).isEqualTo(first);
    assertThat(Files.getLastModifiedTime(first)).isEqualTo(made);
    assertThat(MADE).hasSize(before);
    try (GgufFile file = GgufFile.open(shelf.gguf(GgufType.Q4_K))) {
      assertThat(file.tensors().get("blk.0.attn_q.weight").type()).isEqualTo(GgufType.Q4_K);
      assertThat(file.tensors().get("token_embd.weight").type()).isEqualTo(GgufType.Q6_K);
    }
    assertThat(first.getParent()).isDirectoryNotContaining("glob:**.unfinished");
  }

  @Test
  void allFormatsHoldTheSameWeights() throws Exception {
    try (GgufFile half = GgufFile.open(shelf.gguf(GgufType.BF16));
        GgufFile four = GgufFile.open(shelf.gguf(GgufType.Q4_0))) {
      float[] exact = half.floats("blk.1.ffn_down.weight");
      float[] rounded = four.floats("blk.1.ffn_down.weight");
      double difference = 0;
      double square = 0;
      for (int i = 0; i < exact.length; i++) {
        difference += Math.pow(exact[i] - rounded[i], 2);
        square += Math.pow(exact[i], 2);
      }
      assertThat(Math.sqrt(square / exact.length)).isBetween(0.019, 0.021);
      assertThat(Math.sqrt(difference / square)).isBetween(0.01, 0.12);
    }
  }

  @Test
  void aProcessOfItsOwnStartsColdAndServesManyRequests() throws Exception {
    int vocabulary = ModelShape.QWEN3_TINY.config().vocabSize();
    assertThat(ColdStart.seconds(shelf.ours(Precision.INT8), 2, vocabulary)).isPositive();
    SteadyMemory.Result memory = SteadyMemory.after(80, shelf.ours(Precision.INT8), 2, vocabulary);
    assertThat(memory.early()).isPositive();
    assertThat(memory.late()).isBetween(memory.early() / 2, memory.early() * 2);
  }

  @Test
  void oursIsDrivenInAProcessOfItsOwn() throws Exception {
    try (Contender ours = Contender.start("ours", ChildProcess.of(OurEngine.class, List.of("-Xmx256m"),
        shelf.ours(Precision.INT8).toString(), "2", "512"), _ -> {})) {
      assertThat(ours.run(Task.prefill(40))).isPositive();
    }
  }

  @Test
  void everyWeightOfAFolderIsCounted() throws IOException {
    // Two bytes each in BF16: matrices and norms.
    assertThat(WeightTraffic.bytes(shelf.ours(Precision.BF16))).isEqualTo(2 * ModelShape.QWEN3_TINY.config().parameters());
  }

  /** Run with {@code -Dmillrace.nodeLlamaCpp=FOLDER}, in which {@code npm install node-llama-cpp} was run. */
  @Test
  @EnabledIfSystemProperty(named = "millrace.nodeLlamaCpp", matches = ".+")
  void llamaCppDoesEveryTaskInEveryFormat() throws Exception {
    LlamaCpp peer = LlamaCpp.in(Path.of(System.getProperty("millrace.nodeLlamaCpp")));
    List<String> notes = new ArrayList<>();
    for (GgufType type : Precision.INT4.peers()) {
      try (Contender contender = peer.start(shelf.gguf(type), 2, 512, notes::add)) {
        for (Task task : TASKS) {
          assertThat(contender.run(task)).as("%s %s", type, task).isPositive();
        }
      }
    }
    assertThat(notes).anyMatch(note -> note.contains("flash attention"));
  }
}
