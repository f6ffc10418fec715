// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** {@code millrace train --processes}: the same model as by one process, and a run that either may continue. */
class DividedTrainingTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  private List<Double> train(String output, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("train", "pretrain", "--data", folder.resolve("text.txt").toString(),
        "--layers", "1", "--width", "32", "--heads", "2", "--context", "128", "--vocabulary", "320", "--batch-size", "4",
        "--sequence-length", "32", "--steps", "12", "--precision", "f32", "--output", folder.resolve(output).toString()));
    arguments.addAll(List.of(more));
    try (MillProcess run = MillProcess.start(folder.resolve("home"), arguments.toArray(String[]::new))) {
      assertThat(run.awaitExit(PATIENCE)).as(run.output()).isZero();
      assertThat(run.output()).contains("perplexity").contains("12 steps");
      assertThat(run.output().split("Written to", -1)).as("only one process speaks").hasSize(2);
    }
    assertThat(folder.resolve(output).resolve("tokenizer.json")).exists();
    return losses(folder.resolve(output + ".run/metrics.jsonl"));
  }

  private static List<Double> losses(Path metrics) throws IOException {
    return Files.readAllLines(metrics).stream()
        .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)).path("loss").asDouble()).toList();
  }

  @Test
  void twoProcessesLearnWhatOneLearns() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append("The wheel number ").append(i).append(" turns, and the stone grinds the wheat of the mill.\n");
    }
    Files.writeString(folder.resolve("text.txt"), text);

    List<Double> alone = train("alone");
    List<Double> divided = train("divided", "--processes", "2", "--sharding", "gradients");

    assertThat(divided).hasSameSizeAs(alone).hasSize(12);
    for (int step = 0; step < alone.size(); step++) {
      assertThat(divided.get(step)).isCloseTo(alone.get(step), within(1e-4));
    }
  }
}
