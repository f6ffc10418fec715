// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;
import io.millrace.tensor.collective.ThreadRanks;
import io.millrace.tensor.kernel.Kernels;
import io.millrace.train.distributed.DistributedOptimiser;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.distributed.Sharding;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Gradients of the BF16 pass that is written by hand, which no hook of libtorch sees, on their way between processes. */
class HandWrittenPassTest {
  private static final int STEPS = 20;
  private static final int ROWS = 4;
  private static final int LENGTH = 64;
  private static final double RATE = 2e-3;
  private static final long BUCKET_BYTES = 40_000;

  private static DecoderConfig shape(boolean tied) {
    return new DecoderConfig(257, 64, 128, 3, 2, 1, 32, LENGTH, 10_000, 1e-5, tied, -1, 256, -1);
  }

  /**
   * What a run saw.
   *
   * @param losses of the steps, over all rows
   * @param norms of their gradients
   * @param within numbers whose exchange had begun when the backward pass of the last step reached the embedding, its end
   * @param all numbers that were exchanged for it
   */
  private record Run(double[] losses, double[] norms, long within, long all) {}

  private static Run train(DecoderConfig shape, boolean checkpointing, Distribution processes, CountingCollective counter) throws Exception {
    TokenStream stream = new TokenStream(PretrainingTest.madeText(20_000), shape.eosId(), LENGTH);
    double[] losses = new double[STEPS];
    double[] norms = new double[STEPS];
    long[] within = new long[1];
    long all = 0;
    try (Decoder master = Decoder.random(shape, 3);
        Decoder working = master.as(DType.BF16).checkpointing(checkpointing)) {
      working.weights().train(_ -> true);
      assertByHand(working);
      try (VoidTensorHook atTheEnd = new VoidTensorHook() {
        @Override
        public void call(TensorBase gradient) {
          within[0] = sum(counter.reduced());
        }
      };
          Optimiser optimiser = watched(processes, master, working, atTheEnd)) {
        for (int step = 0; step < STEPS; step++) {
          try (Scope _ = Scope.open()) {
            counter.reduced().clear();
            optimiser.beginning(true);
            PackedBatch batch = stream.part((long) step * processes.size() + processes.rank(), processes.size(), ROWS, 7);
            TrainingLoop.Batch.Result result = batch.learn(working);
            optimiser.ended(true);
            all = sum(counter.reduced());
            double[] sums = new io.millrace.train.distributed.Agreement(processes.group())
                .sum(result.loss() * result.weight(), result.weight());
            losses[step] = sums[0] / sums[1];
            norms[step] = optimiser.gradientNorm(sums[1]);
            optimiser.step(RATE * Math.min(1, (step + 1) / 5.0), norms[step], sums[1]);
          }
        }
      }
    }
    return new Run(losses, norms, within[0], all);
  }

  /** The hook is called before the optimiser's own. */
  private static Optimiser watched(Distribution processes, Decoder master, Decoder working, VoidTensorHook hook) {
    working.weights().get("model.embed_tokens.weight").register_hook(hook);
    return DistributedOptimiser.over(processes, AdamW.Settings.DECODER, master.weights(), working.weights());
  }

  /** What the pass by hand returns is a leaf to libtorch; what libtorch's operations return is not. */
  private static void assertByHand(Decoder decoder) {
    try (Scope _ = Scope.open()) {
      int[] tokens = new int[ROWS * LENGTH];
      assertThat(decoder.hidden(Tensors.of(tokens, ROWS, LENGTH), decoder.mask(Tensors.of(new long[tokens.length], ROWS, LENGTH)))
          .is_leaf()).isTrue();
    }
  }

  private static long sum(List<Long> lengths) {
    return lengths.stream().mapToLong(Long::longValue).sum();
  }

  @ParameterizedTest
  @CsvSource({"NONE,true,false", "NONE,false,true", "OPTIMISER,true,false", "GRADIENTS,true,true"})
  void gradientsAreSentWhileThePassGoesOnAndTheCurveIsThatOfOneProcess(Sharding sharding, boolean tied, boolean checkpointing) {
    assumeTrue(Kernels.available());
    DecoderConfig shape = shape(tied);
    Run alone = ThreadRanks.run(1, group -> {
      CountingCollective counter = new CountingCollective(group);
      return train(shape, checkpointing, Distribution.over(counter, Sharding.NONE), counter);
    }).getFirst();
    assertThat(alone.losses[STEPS - 1]).isLessThan(alone.losses[0] - 1);
    List<Run> together = ThreadRanks.run(2, group -> {
      Torch.threads(1);
      CountingCollective counter = new CountingCollective(group);
      return train(shape, checkpointing, new Distribution(counter, sharding, BUCKET_BYTES), counter);
    });
    for (Run run : together) {
      for (int step = 0; step < STEPS; step++) {
        // Rounding to 8 bits differs with the order of additions, and each step builds on the ones before.
        assertThat(run.losses[step]).as("loss of step %d", step).isCloseTo(alone.losses[step], within(0.005));
      }
      assertThat(run.norms[0]).isCloseTo(alone.norms[0], within(0.02));
      // All but the last buckets, which the embedding ends.
      assertThat(run.within).as("numbers sent during the pass, of %d", run.all).isGreaterThan(run.all / 2);
    }
  }
}
