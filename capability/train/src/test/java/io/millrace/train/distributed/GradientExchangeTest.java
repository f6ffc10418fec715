// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Torch;
import io.millrace.tensor.collective.ThreadRanks;
import io.millrace.train.AdamW;
import io.millrace.train.Optimiser;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.LinkedHashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class GradientExchangeTest {
  /** Two tensors, each in a bucket of its own. */
  private static Weights weights() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", torch.ones(new long[] {4, 3}, DType.F32.options()));
    tensors.put("b", torch.ones(new long[] {5}, DType.F32.options()));
    return Weights.of(DType.F32, tensors);
  }

  /** A backward pass that adds {@code slope} to each gradient of a and 1 to each of b. */
  private static void backward(Weights working, double slope) {
    working.get("a").sum().mul(new Scalar(slope)).add(working.get("b").sum()).backward();
  }

  private static double norm(double a, double b) {
    return Math.sqrt(12 * a * a + 5 * b * b);
  }

  @ParameterizedTest
  @EnumSource(value = Sharding.class, names = {"NONE", "OPTIMISER", "GRADIENTS"})
  void gradientsThatComeMoreOftenThanExpectedAreNotLost(Sharding sharding) {
    ThreadRanks.run(2, group -> {
      Torch.threads(1);
      try (Scope _ = Scope.open();
          Weights masters = weights();
          Weights working = masters.as(DType.F32)) {
        working.train(_ -> true);
        try (Optimiser optimiser = DistributedOptimiser.over(
            new Distribution(group, sharding, 1), AdamW.Settings.DECODER, masters, working)) {
          // The second step's buckets are on their way after its first backward pass; rank 1 adds another, then both two.
          int[][] passes = {{1, 1}, {1, 2}, {3, 3}, {1, 1}};
          for (int[] step : passes) {
            optimiser.beginning(true);
            for (int pass = 0; pass < step[group.rank()]; pass++) {
              backward(working, group.rank() + 1);
            }
            optimiser.ended(true);
            double norm = optimiser.gradientNorm(1);
            assertThat(norm).isCloseTo(norm(step[0] + 2 * step[1], step[0] + step[1]), within(1e-4));
            optimiser.step(1e-3, norm, 1);
          }
        }
      }
      return null;
    });
  }

  @ParameterizedTest
  @EnumSource(value = Sharding.class, names = {"NONE", "OPTIMISER", "GRADIENTS"})
  void gradientsOfEarlierMicroBatchesAreIncluded(Sharding sharding) {
    ThreadRanks.run(3, group -> {
      Torch.threads(1);
      try (Scope _ = Scope.open();
          Weights masters = weights();
          Weights working = masters.as(DType.F32)) {
        working.train(_ -> true);
        try (Optimiser optimiser = DistributedOptimiser.over(
            new Distribution(group, sharding, 1), AdamW.Settings.DECODER, masters, working)) {
          for (int step = 0; step < 3; step++) {
            for (int part = 0; part < 4; part++) {
              optimiser.beginning(part == 3);
              backward(working, part + 1);
              optimiser.ended(part == 3);
            }
            double norm = optimiser.gradientNorm(12);
            assertThat(norm).isCloseTo(norm(3 * 10, 3 * 4) / 12, within(1e-4));
            optimiser.step(1e-3, norm, 12);
          }
        }
      }
      return null;
    });
  }

  @Test
  void aTensorThatTheLossDoesNotDependOnIsNamed() {
    assertThatThrownBy(() -> ThreadRanks.run(2, group -> {
      try (Scope _ = Scope.open();
          Weights masters = weights();
          Weights working = masters.as(DType.F32)) {
        working.train(_ -> true);
        try (Optimiser optimiser = DistributedOptimiser.over(
            Distribution.over(group, Sharding.OPTIMISER), AdamW.Settings.DECODER, masters, working)) {
          optimiser.beginning(true);
          working.get("a").sum().backward();
          optimiser.ended(true);
        }
      }
      return null;
    })).hasMessageContaining("tensor b is trained, but the loss does not depend on it");
  }
}
