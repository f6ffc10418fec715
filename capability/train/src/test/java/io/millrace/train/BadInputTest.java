// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.safetensors.MalformedSafetensorsException;
import io.millrace.tensor.DType;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.data.Dialogues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What people hand over by mistake is refused with what is wrong and where, before work is wasted. */
class BadInputTest {
  @TempDir private Path folder;

  private FineTuning.Result tune(Path base, Path run) throws IOException {
    return tune(base, run, Tiny.examples(20, 1), 24);
  }

  private FineTuning.Result tune(Path base, Path run, List<Example> examples, int length) throws IOException {
    return new FineTuning(
        new FineTuning.Settings(length, 4, Adaptation.WHOLE, Tiny.steps(6, 1e-3)), RunControl.in(run))
        .run(base, examples, List.of(), folder.resolve("out"));
  }

  private static void edit(Path file, String what, String with) throws IOException {
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(what);
    Files.writeString(file, text.replace(what, with), StandardCharsets.ISO_8859_1);
  }

  @Test
  void aTruncatedModelIsRefusedNamingTheFile() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    Path file = base.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 100));
    assertThatThrownBy(() -> tune(base, folder.resolve("run")))
        .isInstanceOf(MalformedSafetensorsException.class).hasMessageContaining("model.safetensors");
    Files.write(file, Arrays.copyOf(bytes, 5));
    assertThatThrownBy(() -> tune(base, folder.resolve("run"))).hasMessageContaining("found a file of 5");
  }

  @Test
  void aMissingShardIsRefusedNamingIt() throws IOException {
    Path base = folder.resolve("base");
    try (Decoder decoder = Decoder.random(Tiny.DECODER, 2)) {
      DecoderFolder.save(decoder, base, DType.F32, 60_000);
    }
    List<Path> shards;
    try (var files = Files.list(base)) {
      shards = files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
    assertThat(shards).hasSizeGreaterThan(1);
    Files.delete(shards.getLast());
    assertThatThrownBy(() -> tune(base, folder.resolve("run")))
        .hasMessageContaining(shards.getLast().getFileName().toString());
  }

  @Test
  void aShapeThatDoesNotFitIsRefusedNamingTensorAndShapes() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    edit(base.resolve("config.json"), "\"intermediate_size\" : 96", "\"intermediate_size\" : 64");
    assertThatThrownBy(() -> tune(base, folder.resolve("run")))
        .hasMessageContaining("gate_proj").hasMessageContaining("64").hasMessageContaining("96");
  }

  @Test
  void anUnknownNumberFormatIsRefusedNamingIt() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    edit(base.resolve("model.safetensors"), "\"dtype\":\"F32\"", "\"dtype\":\"Q42\"");
    assertThatThrownBy(() -> tune(base, folder.resolve("run"))).hasMessageContaining("found 'Q42'");
  }

  @Test
  void sequencesLongerThanTheContextAreRefused() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    assertThatThrownBy(() -> tune(base, folder.resolve("run"), Tiny.examples(20, 1), 65))
        .hasMessageContaining("sequenceLength 65: the model has 64 positions");
  }

  @Test
  void tooLittleDataIsRefused() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    assertThatThrownBy(() -> tune(base, folder.resolve("run"), List.of(), 24)).hasMessageContaining("none of 0 examples");
    assertThatThrownBy(() -> new TokenStream(new int[10], 1, 16)).hasMessageContaining("10 tokens are too few");
    Path empty = Files.writeString(folder.resolve("empty.jsonl"), "\n\n");
    assertThatThrownBy(() -> Dialogues.read(empty)).hasMessageContaining("empty.jsonl");
  }

  @Test
  void aBrokenLineIsNamedByFileAndNumber() throws IOException {
    Path file = Files.writeString(folder.resolve("broken.jsonl"), """
        {"prompt": "a", "completion": "b"}

        {"prompt": "c", "completion": "d"
        """);
    assertThatThrownBy(() -> Dialogues.read(file)).hasMessageContaining("broken.jsonl, line 3: not valid JSON");
  }

  @Test
  void absurdLearningRatesAreRefused() {
    for (double rate : new double[] {10, 0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> Optimisation.of(rate, Budget.ofSteps(1))).hasMessageContaining("learningRate " + rate);
    }
  }

  @Test
  void aTornCheckpointIsRefusedAndLeftWhereItIs() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    Path run = folder.resolve("run");
    new FineTuning(new FineTuning.Settings(24, 4, Adaptation.WHOLE, Tiny.steps(6, 1e-3)), Tiny.cancelledAfter(3, run))
        .run(base, Tiny.examples(20, 1), List.of(), folder.resolve("out"));
    Path checkpoint = run.resolve("resume.safetensors");
    byte[] torn = Arrays.copyOf(Files.readAllBytes(checkpoint), 5000);
    Files.write(checkpoint, torn);
    assertThatThrownBy(() -> tune(base, run))
        .hasMessageContaining("torn").hasMessageContaining("resume.safetensors").hasMessageContaining("start anew");
    assertThat(checkpoint).hasBinaryContent(torn);
  }

  /** Run in a process of its own, which may write files of a few kilobytes only. */
  static final class FullDisk {
    private FullDisk() {}

    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(arguments[0]);
      RunControl control = new RunControl(folder.resolve("run"), Progress.Listener.NONE, () -> false, Duration.ZERO);
      try {
        new FineTuning(new FineTuning.Settings(24, 4, Adaptation.WHOLE, Tiny.steps(6, 1e-3)), control)
            .run(folder.resolve("base"), Tiny.examples(20, 1), List.of(), folder.resolve("out"));
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void aDiskThatRefusesTheCheckpointLeavesTheLastOneIntact() throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "limits the size of files by a shell's ulimit");
    Path base = Tiny.base(folder.resolve("base"));
    Path run = folder.resolve("run");
    new FineTuning(new FineTuning.Settings(24, 4, Adaptation.WHOLE, Tiny.steps(6, 1e-3)), Tiny.cancelledAfter(3, run))
        .run(base, Tiny.examples(20, 1), List.of(), folder.resolve("out"));
    Path checkpoint = run.resolve("resume.safetensors");
    byte[] good = Files.readAllBytes(checkpoint);
    List<String> command = new ArrayList<>(List.of("/bin/bash", "-c", "ulimit -f 64; exec \"$@\"", "bash",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
        "-XX:-UsePerfData", FullDisk.class.getName(), folder.toString()));
    ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
    process.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process limited = process.start();
    String said = new String(limited.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    limited.waitFor();
    assertThat(said).contains("cannot write the checkpoint of step").contains("The checkpoint before it is intact");
    assertThat(checkpoint).hasBinaryContent(good);
    try (var left = Files.list(run)) {
      assertThat(left.map(file -> file.getFileName().toString())).noneMatch(name -> name.endsWith(".tmp"));
    }
    // The run that was refused continues from it as if nothing had happened.
    tune(base, run);
    new FineTuning(new FineTuning.Settings(24, 4, Adaptation.WHOLE, Tiny.steps(6, 1e-3)), RunControl.in(folder.resolve("whole")))
        .run(base, Tiny.examples(20, 1), List.of(), folder.resolve("expected"));
    assertThat(folder.resolve("out/model.safetensors")).hasSameBinaryContentAs(folder.resolve("expected/model.safetensors"));
  }
}
