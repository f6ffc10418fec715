// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Reader;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ReaderTrainingTest {
  private static final String[] THINGS = {
    "lamp", "door", "river", "horse", "tower", "coat", "book", "boat", "field", "stone", "bridge", "cup"
  };
  private static final String[] COLOURS = {"red", "dark blue", "green", "white", "light grey", "black", "golden"};

  @TempDir private Path folder;

  /** "The lamp is dark blue. The door is red." asked for one of both, or for a third thing. */
  private static List<SpanExample> examples(int count, long seed) {
    Random random = new Random(seed);
    List<SpanExample> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int thing = random.nextInt(THINGS.length);
      String first = COLOURS[random.nextInt(COLOURS.length)];
      String before = "The " + THINGS[thing] + " is ";
      String passage = before + first + ". The " + THINGS[(thing + 1 + random.nextInt(5)) % THINGS.length] + " is "
          + COLOURS[random.nextInt(COLOURS.length)] + ".";
      if (i % 4 == 0) {
        String absent = THINGS[(thing + 7) % THINGS.length];
        examples.add(SpanExample.unanswered("What colour is the " + absent + "?", passage));
      } else {
        examples.add(SpanExample.answered(
            "What colour is the " + THINGS[thing] + "?", passage, before.length(), before.length() + first.length()));
      }
    }
    return examples;
  }

  private static ReaderTraining.Settings settings(int frozen, int steps) {
    return new ReaderTraining.Settings(Language.ENGLISH, 96, 16, 512, frozen, 1e-3, new Schedule.Cosine(0.1, 0.02),
        Budget.ofSteps(steps), AdamW.Settings.ENCODER, Torch.fastest(), 1);
  }

  @Test
  void learnsToPointAtAnswersAndToKeepSilent() throws Exception {
    ReaderTraining.Result result = new ReaderTraining(settings(9, 40), RunControl.in(folder.resolve("run")))
        .run(examples(500, 1), examples(40, 2), folder.resolve("reader"));
    assertThat(result.skipped()).isZero();
    assertThat(result.score()).isNotNull();
    assertThat(result.score().exactMatch()).isGreaterThan(0.7);

    List<SpanExample> held = examples(6, 5);
    List<String> passages = held.stream().map(SpanExample::passage).toList();
    try (SpanReader reader = SpanReader.load(folder.resolve("reader"), DType.F32)) {
      assertThat(reader.language()).isEqualTo(Language.ENGLISH);
      assertThat(reader.model()).contains("bge-small-en");
      List<Reader.Span> together = reader.read(held.get(1).question(), passages);
      // Batches pad; a passage must read the same alone.
      for (int i = 0; i < passages.size(); i++) {
        Reader.Span alone = reader.read(held.get(1).question(), List.of(passages.get(i))).getFirst();
        assertThat(alone.start()).isEqualTo(together.get(i).start());
        assertThat(alone.score()).isCloseTo(together.get(i).score(), within(1e-3));
      }
      Reader.Span span = together.get(1);
      assertThat(held.get(1).passage().substring(span.start(), span.end()))
          .isEqualTo(held.get(1).passage().substring(held.get(1).start(), held.get(1).end()));
      assertThat(span.answered()).isTrue();
      assertThat(reader.read("What colour is it?", List.of())).isEmpty();
      assertThat(reader.read("?", List.of(" ")).getFirst().answered()).isFalse();
    }
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("reader/model.safetensors"))) {
      assertThat(file.names()).contains("qa_outputs.weight", "bert.encoder.layer.11.attention.self.query.weight");
    }
    Path config = folder.resolve("reader/config.json");
    Files.writeString(config, Files.readString(config).replace("\"num_hidden_layers\" : 12", "\"num_hidden_layers\" : 13"));
    assertThatThrownBy(() -> SpanReader.load(folder.resolve("reader")))
        .hasMessageContaining("model.safetensors").hasMessageContaining("bert.encoder.layer.12.");
  }

  @Test
  void aResumedRunEqualsAnUninterruptedOne() throws Exception {
    List<SpanExample> training = examples(60, 1);
    ReaderTraining.Settings settings = settings(11, 4);
    ReaderTraining.Result whole = new ReaderTraining(settings, RunControl.in(folder.resolve("a")))
        .run(training, List.of(), folder.resolve("whole"));
    AtomicInteger asked = new AtomicInteger();
    RunControl interrupted = RunControl.in(folder.resolve("b")).cancelled(() -> asked.incrementAndGet() > 2);
    assertThat(new ReaderTraining(settings, interrupted).run(training, List.of(), folder.resolve("cut"))
        .outcome().finished()).isFalse();
    ReaderTraining.Result rest = new ReaderTraining(settings, RunControl.in(folder.resolve("b")))
        .run(training, List.of(), folder.resolve("cut"));
    assertThat(rest.outcome().curve()).extracting(MetricsPoint::loss)
        .isEqualTo(whole.outcome().curve().stream().map(MetricsPoint::loss).toList());
    assertThat(folder.resolve("cut/model.safetensors")).hasSameBinaryContentAs(folder.resolve("whole/model.safetensors"));
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    assertThatThrownBy(() -> new ReaderTraining.Settings(Language.ENGLISH, 1000, 16, 2048, 0, 1e-4,
        new Schedule.Cosine(0.1, 0), Budget.ofSteps(1), AdamW.Settings.ENCODER, DType.F32, 1))
        .hasMessageContaining("maxLength 1000");
  }
}
