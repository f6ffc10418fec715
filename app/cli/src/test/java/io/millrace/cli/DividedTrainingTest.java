// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.Experts;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

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
    // Most of a short run is starting up, which the simple compiler makes shorter.
    List<String> options = List.of("-XX:TieredStopAtLevel=1");
    try (MillProcess run = MillProcess.start(folder.resolve("home"), options, arguments.toArray(String[]::new))) {
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

  @BeforeEach
  void writeText() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append("The wheel number ").append(i).append(" turns, and the stone grinds the wheat of the mill.\n");
    }
    Files.writeString(folder.resolve("text.txt"), text);
  }

  private static void assertSameCurve(List<Double> found, List<Double> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int step = 0; step < expected.size(); step++) {
      assertThat(found.get(step)).as("step %d", step).isCloseTo(expected.get(step), within(1e-4));
    }
  }

  @Test
  void processesLearnWhatOneLearnsWithCopiesAndWithSlices() throws Exception {
    List<Double> alone = train("alone");
    assertThat(alone).hasSize(12);
    assertSameCurve(train("divided", "--processes", "2", "--sharding", "gradients"), alone);
    Files.writeString(folder.resolve("mesh.yaml"), "processes: 2\ntensor-parallel: 2\n");
    assertSameCurve(train("sliced", "--config", folder.resolve("mesh.yaml").toString()), alone);
    try (Stream<Path> files = Files.list(folder.resolve("sliced.run"))) {
      assertThat(files.map(file -> file.getFileName().toString())).as("TensorBoard's events")
          .anyMatch(name -> name.startsWith("events.out.tfevents"));
    }
    try (SafetensorsFile one = SafetensorsFile.open(folder.resolve("alone/model.safetensors"));
        SafetensorsFile sliced = SafetensorsFile.open(folder.resolve("sliced/model.safetensors"))) {
      assertThat(sliced.names()).isEqualTo(one.names());
    }
  }

  private static DecoderConfig mixture(Tokenizer tokenizer) {
    int end = tokenizer.id(SpecialToken.END_OF_TEXT);
    return new DecoderConfig(tokenizer.size(), 32, 64, 1, 2, 2, 16, 128, 10_000, 1e-5, true, end, end, end)
        .as(DecoderFamily.QWEN3_MOE, Experts.of(4, 2, 32));
  }

  @Test
  void expertsOfAMixtureAreSpread() throws Exception {
    Path base = Files.createDirectories(folder.resolve("mixture"));
    Path file = base.resolve(Tokenizer.FILE);
    BpeTrainer.ofSize(320).train(Files.readAllLines(folder.resolve("text.txt")).iterator()).writeTokenizerJson(file);
    try (Tokenizer tokenizer = Tokenizer.load(file);
        Decoder mixture = Decoder.random(mixture(tokenizer), 3)) {
      DecoderFolder.save(mixture, base, DType.F32);
    }
    List<Double> alone = train("alone", "--base", base.toString());
    assertSameCurve(train("spread", "--base", base.toString(), "--processes", "2", "--expert-parallel", "2"), alone);
  }
}
