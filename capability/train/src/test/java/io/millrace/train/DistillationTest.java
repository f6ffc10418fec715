// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.Divergence;
import io.millrace.train.rollout.Sampling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

@ExtendWith(OneThread.class)
class DistillationTest {
  private static final DecoderConfig SMALLER =
      new DecoderConfig(32, 24, 48, 1, 2, 1, 12, 64, 10_000, 1e-5, true, 1, 2, -1);

  @TempDir private Path folder;

  private static Distillation.Settings settings(Divergence divergence, double onPolicy, int steps) {
    return new Distillation.Settings(
        24, 16, divergence, 1, 0, onPolicy, Sampling.plain(4, 2), Adaptation.WHOLE, Tiny.steps(steps, 5e-3));
  }

  @Test
  void aStudentGetsNearerToItsTeacherThanToItsStart() throws IOException {
    Path teacher = Tiny.begun(folder.resolve("teacher"), 150);
    List<Example> heldOut = Tiny.examples(60, 2);
    List<Divergence> divergences =
        List.of(Divergence.FORWARD, Divergence.REVERSE, new Divergence.JensenShannon(0.3));
    for (int i = 0; i < divergences.size(); i++) {
      Path run = folder.resolve("run" + i);
      Path output = folder.resolve("student" + i);
      Distillation.Result result = new Distillation(settings(divergences.get(i), 0, 150), RunControl.in(run))
          .run(teacher, SMALLER, Tiny.examples(600, 1), heldOut, output);
      assertThat(result.before()).isNotNull();
      assertThat(result.after()).isNotNull();
      assertThat(result.after().divergence()).as("%s", divergences.get(i)).isLessThan(0.5 * result.before().divergence());
      try (Decoder knowing = DecoderFolder.load(teacher);
          Decoder start = DecoderFolder.load(run.resolve("student"));
          Decoder student = DecoderFolder.load(output)) {
        double toTeacher = Distillation.score(knowing, student, heldOut, 16).divergence();
        double toStart = Distillation.score(start, student, heldOut, 16).divergence();
        assertThat(toTeacher).isCloseTo(result.after().divergence(), within(1e-4)).isLessThan(toStart);
      }
    }
  }

  @Test
  void itLearnsFromItsOwnAnswersToo() throws IOException {
    Path teacher = Tiny.begun(folder.resolve("teacher"), 150);
    Distillation.Result result = new Distillation(
        settings(Divergence.JENSEN_SHANNON, 1, 120), RunControl.in(folder.resolve("run")))
        .run(teacher, SMALLER, Tiny.examples(600, 1), Tiny.examples(60, 2), folder.resolve("student"));
    assertThat(result.before()).isNotNull();
    assertThat(result.after()).isNotNull();
    assertThat(result.after().divergence()).isLessThan(0.8 * result.before().divergence());
  }

  @Test
  void aTeacherThatIsItsStudentTeachesNothing() throws IOException {
    Path teacher = Tiny.base(folder.resolve("teacher"));
    Distillation.Result result = new Distillation(settings(Divergence.FORWARD, 0.5, 2), RunControl.in(folder.resolve("run")))
        .run(teacher, teacher, Tiny.examples(40, 1), Tiny.examples(10, 2), folder.resolve("student"));
    assertThat(result.before()).isNotNull();
    assertThat(result.before().divergence()).isCloseTo(0, within(1e-6));
    assertThat(result.outcome().curve().getFirst().loss()).isCloseTo(0, within(1e-6));
  }

  @Test
  void resumedRunsEqualUninterruptedOnesBitForBit() throws IOException {
    Path teacher = Tiny.base(folder.resolve("teacher"));
    for (String name : List.of("whole", "cut")) {
      Distillation.Settings settings = settings(Divergence.REVERSE, 0.5, 8);
      if (name.equals("cut")) {
        new Distillation(settings, Tiny.cancelledAfter(3, folder.resolve(name)))
            .run(teacher, SMALLER, Tiny.examples(60, 1), List.of(), folder.resolve("student-" + name));
        assertThat(folder.resolve("student-cut")).doesNotExist();
      }
      new Distillation(settings, RunControl.in(folder.resolve(name)))
          .run(teacher, SMALLER, Tiny.examples(60, 1), List.of(), folder.resolve("student-" + name));
    }
    assertThat(folder.resolve("student-cut/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("student-whole/model.safetensors"));
  }

  @Test
  void refusesAStudentOfAnotherVocabularyAndNamesBoth() throws IOException {
    Path teacher = Tiny.base(folder.resolve("teacher"));
    Path other = Tiny.base(folder.resolve("other"), new DecoderConfig(40, 24, 48, 1, 2, 1, 12, 64, 10_000, 1e-5, true, 1, 2, -1));
    Distillation distillation = new Distillation(settings(Divergence.FORWARD, 0, 2), RunControl.in(folder.resolve("run")));
    assertThatThrownBy(() -> distillation.run(teacher, other, Tiny.examples(10, 1), List.of(), folder.resolve("x")))
        .hasMessageContaining(teacher.toString()).hasMessageContaining("32 tokens")
        .hasMessageContaining(other.toString()).hasMessageContaining("40");
    Path same = Tiny.base(folder.resolve("same"));
    Files.writeString(teacher.resolve("tokenizer.json"), "{}");
    Files.writeString(same.resolve("tokenizer.json"), "[]");
    assertThatThrownBy(() -> distillation.run(teacher, same, Tiny.examples(10, 1), List.of(), folder.resolve("x")))
        .hasMessageContaining("tokenizer.json").hasMessageContaining("do not mean the same");
    assertThatThrownBy(() -> new Distillation.Settings(
        8, 1, Divergence.FORWARD, 1, 1, 0, Sampling.plain(4, 2), Adaptation.WHOLE, Tiny.steps(1, 1e-3)))
        .hasMessageContaining("dataWeight 1.0");
    assertThatThrownBy(() -> new Distillation.Settings(
        8, 1, Divergence.FORWARD, 1, 0, 0.5, Sampling.plain(8, 2), Adaptation.WHOLE, Tiny.steps(1, 1e-3)))
        .hasMessageContaining("maxTokens 8").hasMessageContaining("sequenceLength 8");
  }

  @Test
  void promptsThatLeaveNoRoomForAnAnswerAreLeftOutAndNotCut() throws IOException {
    Path teacher = Tiny.base(folder.resolve("teacher"));
    List<Example> examples = new ArrayList<>(Tiny.examples(20, 1));
    examples.add(Example.of(new int[21], new int[] {2})); // 21 and 4 to be sampled are more than 24
    Distillation.Result result = new Distillation(settings(Divergence.REVERSE, 1, 2), RunControl.in(folder.resolve("own")))
        .run(teacher, SMALLER, examples, List.of(), folder.resolve("student"));
    assertThat(result.skipped()).isEqualTo(1);
    Distillation.Result given = new Distillation(settings(Divergence.REVERSE, 0, 2), RunControl.in(folder.resolve("given")))
        .run(teacher, SMALLER, examples, List.of(), folder.resolve("student"));
    assertThat(given.skipped()).isZero();
  }
}
