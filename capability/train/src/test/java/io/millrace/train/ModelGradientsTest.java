// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderConfig;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.loss.BradleyTerryLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Whole models with their heads and losses, in F64, against central differences along random directions. */
class ModelGradientsTest {
  private static final double STEP = 1e-5;

  /**
   * Checks every tensor of the weights, after making all of them large enough to matter.
   *
   * @param idle tensors on which the loss does not depend, since they add the same to the scores of all places
   */
  private static void check(Supplier<Tensor> loss, Set<String> idle, Weights... all) {
    Random random = new Random(1);
    for (Weights weights : all) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        weights.named().values().forEach(
            tensor -> tensor.add_(torch.randn(tensor.shape(), tensor.options()).mul(new Scalar(0.2))));
      }
      weights.train(_ -> true);
    }
    try (Scope _ = Scope.open()) {
      Tensor value = loss.get();
      assertThat(DType.of(value)).isEqualTo(DType.F64);
      value.backward();
    }
    for (Weights weights : all) {
      weights.named().forEach((name, tensor) -> {
        try (Scope _ = Scope.open()) {
          assertThat(tensor.grad().defined()).as(name).isTrue();
          Tensor direction = Tensors.of(random.doubles(tensor.numel(), -1, 1).toArray(), tensor.shape());
          double along = tensor.grad().mul(direction).sum().item_double();
          double slope = (moved(loss, tensor, direction, STEP) - moved(loss, tensor, direction, -STEP)) / (2 * STEP);
          assertThat(along).as(name).isCloseTo(slope, within(1e-7 + 1e-6 * Math.abs(slope)));
          assertThat(Math.abs(along) > 1e-9).as(name).isEqualTo(!idle.contains(name));
        }
      });
    }
  }

  private static double moved(Supplier<Tensor> loss, Tensor tensor, Tensor direction, double by) {
    try (NoGrad _ = NoGrad.open()) {
      Tensor before = tensor.detach().clone();
      tensor.add_(direction.mul(new Scalar(by)));
      double value = loss.get().item_double();
      tensor.copy_(before);
      return value;
    }
  }

  @Test
  void anEncoderThatPointsAtAnswers() {
    EncoderConfig config = new EncoderConfig(20, 12, 16, 2, 3, 6, 2, 1e-12, 0);
    SpanTokenizer.Window[] windows = {
      new SpanTokenizer.Window(new int[] {1, 5, 6, 2, 7, 3}, 4, new int[2], new int[2]),
      new SpanTokenizer.Window(new int[] {1, 9, 2, 11, 3}, 3, new int[2], new int[2])
    };
    SpanBatch batch = SpanBatch.of(List.of(windows), 0);
    try (SpanModel f32 = SpanModel.on(Encoder.random(config, 3), 3);
        SpanModel model = f32.as(DType.F64)) {
      check(() -> model.loss(batch, Tensors.of(new long[] {4, 0}, 2), Tensors.of(new long[] {4, 3}, 2)),
          Set.of(SpanModel.HEAD + "bias", "encoder.layer.1.output.LayerNorm.bias"), model.weights());
    }
  }

  @Test
  void aDecoderThatRewardsAnswers() {
    List<Example> pairs = ExamplePair.flat(Tiny.pairs(3, 1));
    SequenceBatch sequences = SequenceBatch.of(pairs, 24);
    try (Decoder f32 = Decoder.random(Tiny.DECODER, 2);
        Decoder decoder = f32.as(DType.F64);
        ScalarHead head = ScalarHead.zero(RewardModel.HEAD, Tiny.DECODER.hiddenSize(), Device.CPU, DType.F64)) {
      BradleyTerryLoss loss = new BradleyTerryLoss(0.01);
      check(() -> {
        Tensor rewards = head.apply(sequences.atEnds(sequences.hidden(decoder, new AuxiliaryLosses())));
        return loss.of(rewards.narrow(0, 0, 3), rewards.narrow(0, 3, 3));
      }, Set.of(), decoder.weights(), head.working());
    }
  }
}
