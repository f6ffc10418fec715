// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class DecoderFamiliesTest {
  private static final int[] TOKENS = {1, 7, 4, 12, 0, 9, 9, 3, 5, 11};

  @TempDir private Path folder;

  static List<String> names() {
    return SmallDecoders.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void computesWhatTheTextbookDoes(String name) {
    try (Decoder decoder = SmallDecoders.random(SmallDecoders.all().get(name), 3)) {
      double[] expected = Arrays.stream(new TextbookDecoder(decoder).logits(TOKENS)).flatMapToDouble(Arrays::stream).toArray();
      double[] found = logits(decoder);
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i]).as("logit " + i).isCloseTo(expected[i], within(1e-10));
      }
      assertThat(Arrays.stream(expected).map(Math::abs).max().orElse(0)).isGreaterThan(0.5);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFolderHoldsEverything(String name) throws Exception {
    try (Decoder decoder = SmallDecoders.random(SmallDecoders.all().get(name), 3);
        Decoder f32 = decoder.as(DType.F32)) {
      DecoderFolder.save(f32, folder, DType.F32);
      try (Decoder again = DecoderFolder.load(folder)) {
        assertThat(again.config()).isEqualTo(decoder.config());
        assertThat(logits(again)).isEqualTo(logits(f32));
        assertThat(again.weights().parameters()).isEqualTo(decoder.config().parameters());
      }
      DecoderFolder.save(f32, folder, DType.F32, 2_000);
      assertThat(folder.resolve(TensorSource.FILE)).doesNotExist();
      try (Decoder again = DecoderFolder.load(folder)) {
        assertThat(logits(again)).isEqualTo(logits(f32));
      }
      DecoderFolder.save(f32, folder, DType.F32);
      try (var files = Files.list(folder)) {
        assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("config.json", TensorSource.FILE);
      }
    }
  }

  /** Every logit's slope along random directions of every tensor, and with the mixtures' own losses. */
  @ParameterizedTest
  @MethodSource("names")
  void gradientsAreSlopes(String name) {
    try (Decoder decoder = SmallDecoders.random(SmallDecoders.all().get(name), 3)) {
      decoder.weights().train(_ -> true);
      loss(decoder, true);
      Random random = new Random(1);
      decoder.weights().named().forEach((tensorName, tensor) -> {
        double[] gradient;
        try (Scope scope = Scope.open()) {
          assertThat(tensor.grad().defined()).as(tensorName).isTrue();
          gradient = Tensors.doubles(tensor.grad());
        }
        double[] direction = random.doubles(gradient.length, -1, 1).toArray();
        double h = 1e-6;
        double slope = (moved(decoder, tensor, direction, h) - moved(decoder, tensor, direction, -h)) / (2 * h);
        double along = 0;
        for (int i = 0; i < direction.length; i++) {
          along += direction[i] * gradient[i];
        }
        assertThat(along).as(tensorName).isCloseTo(slope, within(1e-7 + 1e-6 * Math.abs(slope)));
      });
    }
  }

  private static double moved(Decoder decoder, Tensor tensor, double[] direction, double by) {
    var memory = Tensors.segment(tensor);
    double[] before = memory.toArray(java.lang.foreign.ValueLayout.JAVA_DOUBLE);
    for (int i = 0; i < before.length; i++) {
      memory.setAtIndex(java.lang.foreign.ValueLayout.JAVA_DOUBLE, i, before[i] + by * direction[i]);
    }
    try {
      return loss(decoder, false);
    } finally {
      memory.copyFrom(java.lang.foreign.MemorySegment.ofArray(before));
    }
  }

  private static double loss(Decoder decoder, boolean backward) {
    try (Scope scope = Scope.open()) {
      Tensor tokens = Tensors.of(new long[] {1, 4, 5, 6, 2, 7, 8, 1, 8, 9, 10, 12, 0, 3}, 2, 7);
      Tensor documents = Tensors.of(new long[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, 2, 7);
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      Tensor hidden = decoder.hidden(tokens, decoder.mask(documents), auxiliary);
      Tensor positions = Tensors.of(new long[] {0, 1, 3, 5, 7, 8, 12}, 7);
      Tensor loss = auxiliary.addTo(decoder.loss(hidden, positions, Tensors.of(new long[] {4, 5, 2, 8, 10, 12, 3}, 7)));
      if (backward) {
        loss.backward();
      }
      return loss.item_double();
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "\"llama\" | \"gpt_neox\" | model_type 'gpt_neox': only llama, qwen2, qwen3, mixtral, qwen2_moe, qwen3_moe",
      "\"silu\" | \"gelu\" | hidden_act 'gelu'",
      "\"attention_bias\" : false | \"attention_bias\" : true | attention_bias true",
      "\"hidden_size\" : 12 | \"hidden_size\" : \"12\" | hidden_size must be a whole number",
      "\"rope_theta\" : 10000.0 | \"rope_scaling\":{\"rope_type\":\"longrope\"} | rope_type 'longrope'",
      "\"rope_theta\" : 10000.0 | \"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8} | low_freq_factor must be a number",
      "\"rope_theta\" : 10000.0 | \"use_sliding_window\":true,\"sliding_window\":4 | sliding_window 4",
      "\"rope_theta\" : 10000.0 | \"partial_rotary_factor\":0.5 | partial_rotary_factor 0.5",
      "\"rope_theta\" : 10000.0 | \"quantization_config\":{\"quant_method\":\"gptq\"} | quantization_config gptq",
  })
  void refusesWhatItCannotComputeByItsKey(String from, String to, String message) {
    String json = SmallDecoders.all().get("llama").toHuggingFace();
    assertThat(json).contains(from);
    assertThatThrownBy(() -> DecoderConfig.ofHuggingFace(Json.tree(json.replace(from, to).getBytes())))
        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("config.json: ").hasMessageContaining(message);
  }

  @Test
  void refusesATensorThatHasNoPlaceInTheArchitecture() throws Exception {
    try (Decoder decoder = SmallDecoders.random(SmallDecoders.all().get("qwen2"), 1)) {
      DecoderFolder.save(decoder, folder, DType.F32);
    }
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replace("\"qwen2\"", "\"llama\""));
    assertThatThrownBy(() -> DecoderFolder.load(folder)).hasMessageContaining("llama")
        .hasMessageContaining("model.layers.0.self_attn.k_proj.bias").hasMessageContaining("9 such tensors");
    Files.writeString(config, Files.readString(config).replace("\"llama\"", "\"qwen3\""));
    assertThatThrownBy(() -> DecoderFolder.load(folder)).hasMessageContaining("no tensor model.layers.0.self_attn.q_norm.weight");
  }

  @Test
  void mixturesAreCountedAndChecked() {
    DecoderConfig qwen = SmallDecoders.all().get("qwen2_moe");
    assertThat(qwen.mixtures()).isEqualTo(2);
    assertThat(qwen.parameters() - qwen.activeParameters()).isEqualTo(2 * 3 * 3 * 12 * 5);
    assertThatThrownBy(() -> qwen.as(DecoderFamily.LLAMA, qwen.experts())).hasMessageContaining("llama");
    assertThatThrownBy(() -> qwen.as(DecoderFamily.QWEN3_MOE)).hasMessageContaining("experts are missing");
    assertThatThrownBy(() -> Experts.of(4, 5, 8)).hasMessageContaining("num_experts_per_tok 5 of num_experts 4");
  }

  private static double[] logits(Decoder decoder) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      long[] tokens = Arrays.stream(TOKENS).asLongStream().toArray();
      Tensor mask = decoder.mask(Tensors.of(new long[tokens.length], 1, tokens.length));
      return Tensors.doubles(decoder.logits(decoder.hidden(Tensors.of(tokens, 1, tokens.length), mask)));
    }
  }
}
