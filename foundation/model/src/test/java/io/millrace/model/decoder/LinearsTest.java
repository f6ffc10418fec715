// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class LinearsTest {
  private static final DecoderConfig TINY =
      new DecoderConfig(13, 12, 10, 2, 4, 2, 4, 16, 10_000, 1e-5, false, 1, 2, -1);

  @Test
  void aFactoryIsAskedForEveryMatrixWithItsParts() {
    List<String> asked = new ArrayList<>();
    Linears recording = (projection, weights) -> {
      projection.parts().forEach(part -> asked.add(part.name() + " " + part.from() + "+" + part.rows()));
      return Linears.PLAIN.linear(projection, weights);
    };
    try (Decoder plain = Decoder.random(TINY, 1);
        Decoder decoder = new Decoder(TINY, plain.weights().as(DType.F32), recording, FeedForward.Factory.PLAIN)) {
      assertThat(asked).hasSize(1 + 2 * 7).startsWith("lm_head 0+13",
          "model.layers.0.self_attn.q_proj 0+16", "model.layers.0.self_attn.k_proj 16+8",
          "model.layers.0.self_attn.v_proj 24+8", "model.layers.0.self_attn.o_proj 0+12",
          "model.layers.0.mlp.gate_proj 0+10", "model.layers.0.mlp.up_proj 10+10", "model.layers.0.mlp.down_proj 0+12");
      assertThat(logits(decoder)).isEqualTo(logits(plain));
    }
  }

  /** What tensor parallelism does, with the two halves one after another instead of in two processes. */
  @Test
  void halvesOfTheHeadsAddUpToTheWhole() {
    try (Decoder plain = Decoder.random(TINY, 1)) {
      float[] whole = attention(plain, Linears.PLAIN);
      float[] first = attention(plain, (projection, weights) -> slice(projection, weights, 0));
      float[] second = attention(plain, (projection, weights) -> slice(projection, weights, 1));
      for (int i = 0; i < whole.length; i++) {
        assertThat(first[i] + second[i]).isCloseTo(whole[i], within(1e-7f));
      }
    }
  }

  private static float[] attention(Decoder decoder, Linears linears) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open();
        RotaryEmbedding rotary = new RotaryEmbedding(TINY, DType.F32, Device.CPU)) {
      Attention attention = new Attention(TINY, 0, rotary, decoder.weights(), linears);
      Tensor x = decoder.weights().get(DecoderWeights.EMBEDDING).narrow(0, 0, 3).unsqueeze(0);
      return Tensors.floats(attention.apply(x, decoder.mask(Tensors.of(new long[3], 1, 3)), null));
    }
  }

  private static Linear slice(Linears.Projection projection, Weights weights, int half) {
    Tensor weight = weights.get(projection.name() + ".weight");
    if (projection.name().endsWith("o_proj")) {
      return Linear.of(weight.narrow(1, half * projection.inputs() / 2, projection.inputs() / 2).contiguous(), null);
    }
    TensorVector rows = new TensorVector();
    for (Linears.Part part : projection.parts()) {
      rows.push_back(weight.narrow(0, part.from() + half * part.rows() / 2, part.rows() / 2));
    }
    return Linear.of(torch.cat(rows, 0), null);
  }

  @Test
  void partsMustMakeUpTheWhole() {
    assertThatThrownBy(() -> new Linears.Projection("qkv", 4, 6, false, List.of(new Linears.Part("q", 0, 4))))
        .hasMessageContaining("qkv").hasMessageContaining("4").hasMessageContaining("6");
  }

  @Test
  void weightsKeepTensorsThatAreStoredOtherwiseAndFreezeThem() {
    Map<String, Weights.Slot> slots = new LinkedHashMap<>();
    slots.put("matrix", new Weights.Slot(new Weights.Start.Constant(3), DType.I8, 2, 2));
    slots.put("scale", new Weights.Slot(new Weights.Start.Constant(0.5), DType.F64, 2));
    slots.put("bias", new Weights.Slot(new Weights.Start.Constant(1), 2));
    try (Weights weights = Weights.create(DType.F32, slots);
        Weights half = weights.as(DType.BF16)) {
      half.train(_ -> true);
      assertThat(half.named().values().stream().map(DType::of)).containsExactly(DType.I8, DType.F64, DType.BF16);
      assertThat(half.trained()).containsOnlyKeys("scale", "bias");
      half.train(name -> name.equals("bias"));
      assertThat(half.trained()).containsOnlyKeys("bias");
    }
  }

  private static float[] logits(Decoder decoder) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      Tensor mask = decoder.mask(Tensors.of(new long[3], 1, 3));
      return Tensors.floats(decoder.logits(decoder.hidden(Tensors.of(new long[] {3, 4, 5}, 1, 3), mask)));
    }
  }
}
