// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.LinkedHashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class CheckpointingTest {
  private static final DecoderConfig TINY =
      new DecoderConfig(13, 12, 10, 3, 4, 2, 4, 16, 10_000, 1e-5, true, 1, 2, -1);

  private record Pass(double loss, Map<String, Double> values, Map<String, float[]> gradients) {}

  @ParameterizedTest
  @EnumSource(value = DType.class, names = {"F64", "F32", "BF16"})
  void changesNeitherLossNorGradients(DType dtype) {
    try (Decoder f32 = Decoder.random(TINY, 5);
        Decoder decoder = f32.as(dtype)) {
      decoder.weights().train(_ -> true);
      Pass plain = pass(decoder.checkpointing(false));
      Pass again = pass(decoder.checkpointing(true));
      assertThat(again.loss).isEqualTo(plain.loss);
      plain.gradients.forEach((name, gradient) -> assertThat(again.gradients.get(name)).as(name).isEqualTo(gradient));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.layers.1.", "model.embed_tokens", "model.norm"})
  void trainsWhatIsNotFrozen(String trained) {
    try (Decoder decoder = Decoder.random(TINY, 5)) {
      decoder.weights().train(name -> name.startsWith(trained));
      Pass plain = pass(decoder.checkpointing(false));
      Pass again = pass(decoder.checkpointing(true));
      assertThat(again.gradients).isNotEmpty();
      assertThat(again.gradients.keySet()).isEqualTo(plain.gradients.keySet());
      again.gradients.forEach((name, gradient) -> assertThat(gradient).as(name).isEqualTo(plain.gradients.get(name)));
    }
  }

  @ParameterizedTest
  @EnumSource(value = DType.class, names = {"F64", "BF16"})
  void auxiliaryLossesKeepTheirGradient(DType dtype) {
    FeedForward.Factory punished = (config, layer, weights, linears) -> {
      FeedForward dense = FeedForward.Factory.PLAIN.feedForward(config, layer, weights, linears);
      return (x, auxiliary) -> {
        Tensor y = dense.apply(x, auxiliary);
        auxiliary.add("size", 64, y.to(AuxiliaryLosses.format(y).torch()).square().mean());
        return y;
      };
    };
    try (Decoder f32 = Decoder.random(TINY, 5);
        Decoder decoder = new Decoder(TINY, f32.weights().as(dtype), Linears.PLAIN, punished)) {
      decoder.weights().train(_ -> true);
      Pass plain = pass(decoder);
      Pass again = pass(decoder.checkpointing(true));
      assertThat(again.loss).isCloseTo(plain.loss, within(1e-6)); // summed in another order
      assertThat(again.values).containsOnlyKeys("size").hasEntrySatisfying("size", size -> assertThat(size).isCloseTo(plain.values.get("size"), within(1e-6)));
      plain.gradients.forEach((name, gradient) -> assertThat(again.gradients.get(name)).as(name).isEqualTo(gradient));
      try (Decoder without = new Decoder(TINY, f32.weights().as(dtype))) {
        without.weights().train(_ -> true);
        String first = DecoderWeights.layer(0) + DecoderWeights.DOWN;
        assertThat(pass(without).gradients.get(first)).isNotEqualTo(again.gradients.get(first));
      }
    }
  }

  private static Pass pass(Decoder decoder) {
    try (Scope scope = Scope.open()) {
      Tensor tokens = Tensors.of(new long[] {1, 4, 5, 6, 2, 1, 8, 9, 10, 12}, 2, 5);
      Tensor documents = Tensors.of(new long[] {0, 0, 0, 0, 0, 0, 0, 1, 1, 1}, 2, 5);
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      Tensor hidden = decoder.hidden(tokens, decoder.mask(documents), auxiliary);
      Tensor loss = decoder.loss(hidden, Tensors.of(new long[] {0, 1, 3}, 3), Tensors.of(new long[] {4, 5, 2}, 3));
      Tensor whole = auxiliary.addTo(loss).mul(new Scalar(0.25));
      whole.backward();
      Map<String, float[]> gradients = new LinkedHashMap<>();
      decoder.weights().trained().forEach((name, tensor) -> {
        gradients.put(name, Tensors.floats(tensor.grad()));
        tensor.mutable_grad().reset();
      });
      return new Pass(whole.item_double(), auxiliary.values(), gradients);
    }
  }
}
