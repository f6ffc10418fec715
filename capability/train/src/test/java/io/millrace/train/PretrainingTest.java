// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.Torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PretrainingTest {
  static final int END = 256;
  private static final DecoderConfig TINY =
      new DecoderConfig(257, 64, 128, 2, 4, 2, 16, 64, 10_000, 1e-5, true, -1, END, -1);

  @TempDir private Path folder;

  private static Pretraining.Settings settings(Budget budget, double rate) {
    return new Pretraining.Settings(TINY, 64, 8, rate, new Schedule.Cosine(0.05, 0.1), budget,
        AdamW.Settings.DECODER, Torch.fastest(), 5);
  }

  /** Shakespeare where it is at hand, else sentences made of a small grammar. */
  static int[] text(int length) throws Exception {
    Path play = Path.of(System.getProperty("millrace.data", ""), "tinyshakespeare", "input.txt");
    return Files.exists(play) ? tokens(Files.readString(play), length) : madeText(length);
  }

  /** The same in every process, whatever data lie beside the project. */
  static int[] madeText(int length) {
    StringBuilder made = new StringBuilder();
    for (int i = 0; made.length() < length; i++) {
      made.append("The ").append(i % 7).append(" mills of ").append(i % 5).append(" rivers grind slowly.\n\n");
    }
    return tokens(made.toString(), length);
  }

  private static int[] tokens(String text, int length) {
    byte[] bytes = text.substring(0, length).replace("\n\n", "\0").getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      tokens[i] = bytes[i] == 0 ? END : bytes[i] & 0xff;
    }
    return tokens;
  }

  @Test
  void learnsALanguageAndWritesAFolderThatGivesTheSamePerplexity() throws Exception {
    int[] training = text(200_000);
    int[] heldOut = java.util.Arrays.copyOfRange(text(220_000), training.length, training.length + 4_000);
    List<Progress> seen = new ArrayList<>();
    RunControl control = RunControl.in(folder.resolve("run")).listener(seen::add);
    Pretraining.Result result = new Pretraining(settings(Budget.ofSteps(320), 1e-2), control)
        .run(training, heldOut, folder.resolve("model"));

    assertThat(result.outcome().finished()).isTrue();
    assertThat(result.outcome().curve().getFirst().loss()).isCloseTo(Math.log(257), within(0.3));
    // Knowing only the frequencies of letters leaves about 3.3 nats.
    assertThat(result.outcome().finalLoss()).isLessThan(2.6);
    assertThat(result.heldOutPerplexity()).isNotNull().isLessThan(Math.exp(2.7));
    assertThat(seen).hasSize(320);
    assertThat(seen.getLast().remaining()).isZero();
    assertThat(seen.get(59).total()).isEqualTo(320);
    try (Decoder decoder = DecoderFolder.load(folder.resolve("model"))) {
      assertThat(Perplexity.of(decoder, heldOut, 64)).isCloseTo(result.heldOutPerplexity(), within(0.2));
    }
    List<String> metrics = Files.readAllLines(folder.resolve("run/metrics.jsonl"));
    assertThat(metrics).hasSize(320);
    assertThat(Json.read(metrics.getLast(), MetricsPoint.class)).isEqualTo(result.outcome().curve().getLast());
    assertThat(folder.resolve("run/resume.safetensors")).doesNotExist();
  }

  @Test
  void aResumedRunEqualsAnUninterruptedOneBitForBit() throws Exception {
    int[] training = text(30_000);
    Pretraining.Settings settings = settings(Budget.ofSteps(24), 5e-3);
    new Pretraining(settings, RunControl.in(folder.resolve("a"))).run(training, new int[0], folder.resolve("whole"));

    AtomicInteger asked = new AtomicInteger();
    RunControl interrupted = RunControl.in(folder.resolve("b")).cancelled(() -> asked.incrementAndGet() > 9);
    Pretraining.Result half = new Pretraining(settings, interrupted).run(training, new int[0], folder.resolve("cut"));
    assertThat(half.outcome().finished()).isFalse();
    assertThat(half.outcome().steps()).isEqualTo(9);
    assertThat(folder.resolve("cut")).doesNotExist();
    // A kill leaves points that are newer than the checkpoint, and a torn line.
    Files.writeString(folder.resolve("b/metrics.jsonl"),
        Files.readString(folder.resolve("b/metrics.jsonl"))
            + Json.write(new MetricsPoint(10, 1, 1, 99, 1, 1)) + "\n{\"step\":11,\"sec");
    Pretraining.Result rest = new Pretraining(settings, RunControl.in(folder.resolve("b")))
        .run(training, new int[0], folder.resolve("cut"));

    assertThat(rest.outcome().curve()).extracting(MetricsPoint::step).hasSize(24).doesNotHaveDuplicates();
    assertThat(rest.outcome().curve()).extracting(MetricsPoint::loss).doesNotContain(99.0);
    assertThat(folder.resolve("cut/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("whole/model.safetensors"));
  }

  @Test
  void refusesToContinueACheckpointOfOtherSettings() throws Exception {
    int[] training = text(30_000);
    AtomicInteger asked = new AtomicInteger();
    RunControl control = RunControl.in(folder).cancelled(() -> asked.incrementAndGet() > 2);
    new Pretraining(settings(Budget.ofSteps(5), 1e-3), control).run(training, new int[0], folder.resolve("m"));
    assertThatThrownBy(() -> new Pretraining(settings(Budget.ofSteps(5), 2e-3), RunControl.in(folder))
        .run(training, new int[0], folder.resolve("m")))
        .hasMessageContaining("learningRate=0.001").hasMessageContaining("learningRate=0.002")
        .hasMessageContaining("Delete it");
  }

  @Test
  void stopsWhenTheGradientIsNoNumberAndHasNotSavedTheWeightsThatGaveIt() throws Exception {
    Pretraining.Settings settings = settings(Budget.ofSteps(50), 1e30);
    RunControl control = new RunControl(folder, Progress.Listener.NONE, () -> false, Duration.ZERO);
    assertThatThrownBy(() -> new Pretraining(settings, control).run(text(30_000), new int[0], folder.resolve("m")))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("diverged at step 2")
        .hasMessageContaining("There is no checkpoint yet");
    // One was due after the first step, which broke the weights.
    assertThat(folder.resolve("resume.safetensors")).doesNotExist();
    assertThat(folder.resolve("m")).doesNotExist();
  }

  @Test
  void aTimeBudgetEndsWithADecayedRate() throws Exception {
    Pretraining.Result result =
        new Pretraining(settings(Budget.ofTime(Duration.ofMillis(1500)), 1e-3), RunControl.in(folder))
            .run(text(30_000), new int[0], folder.resolve("m"));
    assertThat(result.outcome().finished()).isTrue();
    assertThat(result.outcome().curve()).extracting(MetricsPoint::learningRate).last()
        .satisfies(rate -> assertThat(rate).isLessThan(0.5e-3));
  }

  @ParameterizedTest(name = "heads of {0}")
  @ValueSource(ints = {32, 16}) // the pass by hand, and libtorch's own
  void residentMemoryIsFlatWithinTwoPercent(int headDim) throws Exception {
    LeakTrial trial = LeakTrial.run(headDim, folder);
    assertThat(trial.after() / (double) trial.before()).as("%s", trial).isLessThan(1.02);
  }

  @Test
  void refusesTextShorterThanARowAndRangesThatMakeNoSense() {
    Pretraining pretraining = new Pretraining(settings(Budget.ofSteps(5), 1e-3), RunControl.in(folder));
    assertThatThrownBy(() -> pretraining.run(new int[10], new int[0], folder.resolve("m")))
        .hasMessageContaining("10 tokens").hasMessageContaining("64");
    assertThatThrownBy(() -> settings(Budget.ofSteps(0), 1e-3)).hasMessageContaining("0 steps");
    assertThatThrownBy(() -> settings(Budget.ofSteps(1), -1)).hasMessageContaining("-1");
  }
}
