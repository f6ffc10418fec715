// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;
import io.millrace.tensor.collective.ThreadRanks;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.distributed.Sharding;
import io.millrace.train.loss.BradleyTerryLoss;
import io.millrace.train.loss.DpoLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** What identifies a run is the batch of a step, not how processes and micro-batches divide it. */
class DividedStagesTest {
  private static final int STEPS = 12;
  private static final int BATCH = 4;

  /** The stages that processes can divide and whose loss is a mean over what a step reads. */
  enum Stage {
    TUNING {
      @Override
      Outcome run(Path base, Path output, int microBatch, Optimisation optimisation, RunControl control) throws IOException {
        return new FineTuning(new FineTuning.Settings(20, microBatch, Adaptation.WHOLE, optimisation), control)
            .run(base, Tiny.examples(30, 3), List.of(), output).outcome();
      }
    },
    REWARD {
      @Override
      Outcome run(Path base, Path output, int microBatch, Optimisation optimisation, RunControl control) throws IOException {
        return new RewardTraining(
            new RewardTraining.Settings(20, microBatch, new BradleyTerryLoss(0.01), Adaptation.WHOLE, optimisation), control)
            .run(base, Tiny.pairs(30, 3), List.of(), output).outcome();
      }
    },
    DPO {
      @Override
      Outcome run(Path base, Path output, int microBatch, Optimisation optimisation, RunControl control) throws IOException {
        return new DpoTraining(
            new DpoTraining.Settings(20, microBatch, new DpoLoss(0.1, 0), 0.1, Adaptation.WHOLE, optimisation), control)
            .run(base, Tiny.pairs(30, 3), List.of(), output).outcome();
      }
    };

    abstract Outcome run(Path base, Path output, int microBatch, Optimisation optimisation, RunControl control)
        throws IOException;
  }

  @TempDir private Path folder;
  private final List<Long> reported = new CopyOnWriteArrayList<>();

  /** A run whose steps read {@link #BATCH} items in so many parts. */
  private Outcome run(Stage stage, Path run, int processes, int parts, int cancelAfter) throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    reported.clear();
    return ThreadRanks.run(processes, group -> {
      Torch.threads(1);
      Optimisation optimisation = new Optimisation(5e-3, new Schedule.Cosine(0.05, 0.05), Budget.ofSteps(STEPS),
          AdamW.Settings.DECODER, parts, false, DType.F32, 1);
      RunControl control = Tiny.cancelledAfter(cancelAfter, run).listener(progress -> reported.add(progress.step()))
          .distributed(Distribution.over(group, Sharding.NONE));
      return stage.run(base, run.resolve("model"), BATCH / parts, optimisation, control);
    }).getFirst();
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  void aRunContinuesWithAnyDivisionAndGivesTheUndividedCurve(Stage stage) throws IOException {
    Outcome undivided = run(stage, folder.resolve("one"), 1, 1, STEPS);
    // 30 items in steps of 4: the run goes through the end of an epoch, in the middle of a step.
    Path divided = folder.resolve("divided");
    assertThat(run(stage, divided, 1, 1, 3).finished()).isFalse();
    assertThat(run(stage, divided, 2, 2, 3).finished()).isFalse();
    assertThat(reported).containsExactly(4L, 5L, 6L);
    Outcome rest = run(stage, divided, 2, 4, STEPS);
    assertThat(reported).hasSize(STEPS - 6).startsWith(7L);
    for (int step = 0; step < STEPS; step++) {
      assertThat(rest.curve().get(step).loss()).as("step %d", step)
          .isCloseTo(undivided.curve().get(step).loss(), within(1e-4));
    }
  }

  @Test
  void aBatchOfAnotherSizeIsAnotherRun() throws IOException {
    Path run = folder.resolve("run");
    run(Stage.TUNING, run, 1, 1, 3);
    Optimisation twice = Tiny.steps(STEPS, 5e-3);
    assertThatThrownBy(() -> Stage.TUNING.run(folder.resolve("base"), run.resolve("model"), 2 * BATCH, twice, RunControl.in(run)))
        .hasMessageContaining("batchSize=4").hasMessageContaining("batchSize=8");
  }

  @Test
  void theItemsOfAStepAreTheSameHoweverItIsDivided() {
    List<Integer> items = List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    ShuffledBatches<Integer> whole = new ShuffledBatches<>(items, 4, 5);
    ShuffledBatches<Integer> halves = new ShuffledBatches<>(items, 2, 5);
    List<Integer> seen = new ArrayList<>();
    for (int step = 0; step < 10; step++) {
      List<Integer> parts = new ArrayList<>(halves.batch(2L * step));
      parts.addAll(halves.batch(2L * step + 1));
      assertThat(parts).isEqualTo(whole.batch(step));
      seen.addAll(parts);
    }
    for (int epoch = 0; epoch < 4; epoch++) {
      assertThat(seen.subList(10 * epoch, 10 * epoch + 10)).as("epoch %d", epoch).containsExactlyInAnyOrderElementsOf(items);
    }
  }
}
