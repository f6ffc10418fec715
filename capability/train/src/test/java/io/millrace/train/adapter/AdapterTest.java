// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class AdapterTest {
  private static final DecoderConfig TINY =
      new DecoderConfig(32, 48, 96, 2, 4, 2, 12, 64, 10_000, 1e-5, true, 1, 2, -1);
  private static final long[] TOKENS = {1, 5, 9, 20, 7, 3};

  @TempDir private Path folder;

  private static Tensor logits(Decoder decoder) {
    return decoder.logits(decoder.hidden(Tensors.of(TOKENS, 1, 6), decoder.mask(Tensors.of(new long[6], 1, 6))));
  }

  private static float[] logitsOf(Decoder decoder) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      return Tensors.floats(logits(decoder));
    }
  }

  /** An adapter that has learnt something: B is no longer zero. */
  private static Adapter learnt(Decoder base, Lora lora, long seed) {
    Adapter adapter = Adapter.random(base, lora, seed);
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      adapter.weights().named().forEach((name, tensor) -> {
        if (name.endsWith(Adapter.B)) {
          tensor.normal_(0, 0.1, new org.bytedeco.pytorch.GeneratorOptional());
        }
      });
    }
    return adapter;
  }

  private static AdaptedDecoder adapted(Decoder base, Map<String, Adapter> adapters, Quantisation frozen, DType dtype) {
    return AdaptedDecoder.of(base, adapters, Map.of(), frozen, dtype);
  }

  @Test
  void aNewAdapterChangesNothingAndALearntOneCanBeLeftOut() {
    Lora lora = new Lora(4, 8, false, List.of("q_proj", "v_proj", "down_proj"));
    try (Decoder base = Decoder.random(TINY, 1);
        Adapter fresh = Adapter.random(base, lora, 2);
        Adapter learnt = learnt(base, lora, 2);
        AdaptedDecoder unchanged = adapted(base, Map.of("a", fresh), Quantisation.NONE, DType.F32);
        AdaptedDecoder changed = adapted(base, Map.of("a", learnt), Quantisation.NONE, DType.F32);
        Decoder without = changed.withoutAdapters()) {
      float[] expected = logitsOf(base);
      assertThat(logitsOf(unchanged.decoder())).isEqualTo(expected);
      assertThat(logitsOf(changed.decoder())).isNotEqualTo(expected);
      assertThat(logitsOf(without)).isEqualTo(expected);
    }
  }

  @Test
  void mergedMatricesComputeWhatTheAdapterComputed() {
    for (Lora lora : List.of(Lora.ofRank(4), new Lora(4, 3, true, List.of("k_proj", "up_proj")))) {
      try (Decoder base = Decoder.random(TINY, 1);
          Adapter adapter = learnt(base, lora, 2);
          AdaptedDecoder adapted = adapted(base, Map.of("a", adapter), Quantisation.NONE, DType.F32)) {
        float[] before = logitsOf(base);
        adapter.mergeInto(base, 1);
        assertThat(logitsOf(base)).usingComparatorWithPrecision(2e-5f).containsExactly(logitsOf(adapted.decoder()));
        adapter.mergeInto(base, -1);
        assertThat(logitsOf(base)).usingComparatorWithPrecision(2e-5f).containsExactly(before);
      }
    }
  }

  @Test
  void severalAdaptersAddUp() {
    try (Decoder base = Decoder.random(TINY, 1);
        Adapter first = learnt(base, Lora.ofRank(2), 2);
        Adapter second = learnt(base, new Lora(5, 5, false, List.of("o_proj")), 3);
        AdaptedDecoder both = AdaptedDecoder.of(
            base, Map.of("first", first, "second", second), Map.of("second", 0.5), Quantisation.NONE, DType.F32)) {
      first.mergeInto(base, 1);
      second.mergeInto(base, 0.5);
      assertThat(logitsOf(both.decoder())).usingComparatorWithPrecision(2e-5f).containsExactly(logitsOf(base));
    }
  }

  @Test
  void gradientsEqualFiniteDifferences() {
    Lora lora = new Lora(2, 3, false, List.of("q_proj", "v_proj", "gate_proj", "down_proj"));
    for (Quantisation frozen : Quantisation.values()) {
      try (Decoder base = Decoder.random(TINY, 1);
          Adapter adapter = learnt(base, lora, 2);
          AdaptedDecoder adapted = adapted(base, Map.of("a", adapter), frozen, DType.F64);
          Weights trained = adapted.working("a")) {
        trained.train(name -> true);
        Decoder decoder = adapted.decoder();
        try (Scope scope = Scope.open()) {
          logits(decoder).log_softmax(-1).select(2, 7).sum().backward();
        }
        assertThat(decoder.weights().get("model.layers.0.input_layernorm.weight").requires_grad()).isFalse();
        for (String name : List.of(
            "model.layers.0.self_attn.q_proj.lora_A.weight", "model.layers.0.self_attn.v_proj.lora_B.weight",
            "model.layers.1.mlp.gate_proj.lora_A.weight", "model.layers.1.mlp.down_proj.lora_B.weight")) {
          Tensor tensor = trained.get(name);
          double[] gradient;
          try (Scope scope = Scope.open()) {
            gradient = Tensors.doubles(tensor.grad());
          }
          for (int element : new int[] {0, 7, gradient.length - 1}) {
            double expected = (moved(decoder, tensor, element, 1e-5) - moved(decoder, tensor, element, -1e-5)) / 2e-5;
            assertThat(gradient[element]).as("%s %s %d", frozen, name, element).isCloseTo(expected, within(1e-6));
          }
        }
      }
    }
  }

  private static double moved(Decoder decoder, Tensor tensor, int element, double by) {
    try (Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      Tensor place = tensor.detach().view(-1).select(0, element);
      place.add_(new org.bytedeco.pytorch.Scalar(by));
      double value = logits(decoder).log_softmax(-1).select(2, 7).sum().item_double();
      place.sub_(new org.bytedeco.pytorch.Scalar(by));
      return value;
    }
  }

  @Test
  void isWrittenAndReadAsPeftDoes() throws Exception {
    try (Decoder base = Decoder.random(TINY, 1);
        Adapter adapter = learnt(base, new Lora(4, 16, true, List.of("v_proj", "q_proj")), 2)) {
      AdapterFolder.save(adapter, "some/base", folder);
      JsonNode config = Json.tree(Files.readAllBytes(folder.resolve("adapter_config.json")));
      assertThat(config.path("peft_type").asString()).isEqualTo("LORA");
      assertThat(config.path("r").asInt()).isEqualTo(4);
      assertThat(config.path("lora_alpha").asDouble()).isEqualTo(16);
      assertThat(config.path("target_modules").toString()).isEqualTo("[\"q_proj\",\"v_proj\"]");
      try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
        assertThat(file.names()).hasSize(8)
            .contains("base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight");
        assertThat(file.tensor("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight").shape())
            .containsExactly(4, 48);
        assertThat(file.tensor("base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight").shape())
            .containsExactly(24, 4);
      }
      try (Adapter read = AdapterFolder.load(folder);
          AdaptedDecoder one = adapted(base, Map.of("a", adapter), Quantisation.NONE, DType.F32);
          AdaptedDecoder other = adapted(base, Map.of("b", read), Quantisation.NONE, DType.F32)) {
        assertThat(read.lora()).isEqualTo(adapter.lora());
        assertThat(logitsOf(other.decoder())).isEqualTo(logitsOf(one.decoder()));
      }
    }
  }

  @Test
  void refusesWhatDoesNotFitOrIsNotComputed() throws Exception {
    try (Decoder base = Decoder.random(TINY, 1);
        Decoder wider = Decoder.random(
            new DecoderConfig(32, 64, 96, 2, 4, 2, 16, 64, 10_000, 1e-5, true, 1, 2, -1), 1);
        Decoder shallow = Decoder.random(
            new DecoderConfig(32, 48, 96, 1, 4, 2, 12, 64, 10_000, 1e-5, true, 1, 2, -1), 1);
        Adapter adapter = learnt(base, Lora.ofRank(2), 2)) {
      assertThatThrownBy(() -> Adapter.random(base, new Lora(2, 2, false, List.of("query")), 1))
          .hasMessageContaining("'query'").hasMessageContaining("q_proj");
      assertThatThrownBy(() -> adapter.mergeInto(wider, 1)).hasMessageContaining("[2, 48]").hasMessageContaining("[2, 64]");
      assertThatThrownBy(() -> adapted(shallow, Map.of("a", adapter), Quantisation.NONE, DType.F32))
          .hasMessageContaining("no matrix for model.layers.1.");
      AdapterFolder.save(adapter, "base", folder);
      Path config = folder.resolve("adapter_config.json");
      String good = Files.readString(config);
      Files.writeString(config, good.replace("\"LORA\"", "\"IA3\""));
      assertThatThrownBy(() -> AdapterFolder.load(folder)).hasMessageContaining("peft_type is \"IA3\"");
      Files.writeString(config, good.replace("\"bias\" : \"none\"", "\"bias\" : \"all\""));
      assertThatThrownBy(() -> AdapterFolder.load(folder)).hasMessageContaining("bias is \"all\"");
      assertThatThrownBy(() -> AdapterFolder.load(folder.resolve("nothing"))).hasMessageContaining("no adapter_config.json");
    }
    assertThatThrownBy(() -> Lora.ofRank(0)).hasMessageContaining("rank 0");
    assertThatThrownBy(() -> new Lora(4, 8, false, List.of())).hasMessageContaining("without targets");
  }
}
