// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.registry.RunBoard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A training command that is stopped by Ctrl-C, continued, and kept in a domain's registry. */
class InterruptedTrainingTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  private MillProcess train(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("train", "pretrain", "--data", folder.resolve("text.txt").toString(),
        "--layers", "1", "--width", "32", "--heads", "2", "--context", "128", "--vocabulary", "320", "--batch-size", "1",
        "--sequence-length", "16", "--steps", "1500", "--domain", folder.resolve("pack").toString(), "--register", "mills",
        "--output", folder.resolve("model").toString()));
    arguments.addAll(List.of(more));
    return MillProcess.start(folder.resolve("home"), arguments.toArray(String[]::new));
  }

  @Test
  void controlCSavesAndTheContinuedRunIsRegisteredWithItsWholeCurve() throws Exception {
    TinyDomain.write(folder.resolve("pack"));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append("The wheel number ").append(i).append(" turns, and the stone grinds the wheat of the mill.\n");
    }
    Files.writeString(folder.resolve("text.txt"), text);
    Path registry = folder.resolve("home/tiny/registry");
    RunBoard board = new RunBoard(registry);
    Path metrics = folder.resolve("model.run/metrics.jsonl");
    try (MillProcess first = train()) {
      await().atMost(PATIENCE).until(() -> Files.exists(metrics) && Files.readAllLines(metrics).size() > 20);
      assertThat(board.runs()).singleElement().satisfies(run -> {
        assertThat(run.state()).isEqualTo(RunBoard.State.RUNNING);
        assertThat(run.name()).isEqualTo("tiny/mills");
        assertThat(Path.of(run.metrics())).isEqualTo(metrics);
      });
      first.interrupt();
      assertThat(first.awaitExit(PATIENCE)).as(first.output()).isEqualTo(130);
      assertThat(first.output()).contains("Stopped after").contains("--resume");
    }
    assertThat(folder.resolve("model")).doesNotExist();
    assertThat(board.runs()).singleElement().extracting(RunBoard.Run::state).isEqualTo(RunBoard.State.STOPPED);
    int before = Files.readAllLines(metrics).size();
    try (MillProcess second = train("--resume")) {
      assertThat(second.awaitExit(PATIENCE)).as(second.output()).isZero();
      assertThat(second.output()).contains("1,500 steps").contains("Registered as tiny/mills@1");
    }
    assertThat(board.runs()).singleElement().extracting(RunBoard.Run::state).isEqualTo(RunBoard.State.FINISHED);
    DirectoryArtifactRegistry artifacts = DirectoryArtifactRegistry.open(registry);
    ArtifactVersion version = artifacts.version("tiny/mills", 1).orElseThrow();
    assertThat(version.kind()).isEqualTo("decoder");
    assertThat(version.scores()).containsKeys("perplexity", "perplexityBefore", "bitsPerByte");
    assertThat(version.settings()).containsKeys("optimisation", "data", "shape");
    List<String> curve = Files.readAllLines(artifacts.directory(version).resolve("metrics.jsonl"));
    assertThat(curve).hasSize(1500).hasSizeGreaterThan(before);
    assertThat(curve.getLast()).startsWith("{\"step\":1500,");
  }
}
