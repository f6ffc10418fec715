// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.DecoderWeights;
import io.millrace.model.decoder.Experts;
import io.millrace.model.decoder.RopeScaling;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GgufExportTest {
  @TempDir private Path folder;

  static List<String> names() {
    return ModelFolders.names();
  }

  /** The tensors go back to where a textbook of the layout says that they came from, and the logits are the same. */
  @ParameterizedTest
  @MethodSource("names")
  void whatWasWrittenComputesTheSameWhenItIsReadBack(String name) throws Exception {
    ModelFolders.write(name, folder);
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, GgufType.F32);
    try (Decoder decoder = DecoderFolder.load(folder);
        Decoder again = DecoderFolder.load(folder);
        GgufFile gguf = GgufFile.open(file)) {
      forget(again);
      readBack(gguf, again);
      assertThat(logits(again)).isEqualTo(logits(decoder));
    }
  }

  private static void forget(Decoder decoder) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      decoder.weights().named().values().forEach(Tensor::zero_);
    }
  }

  private static void readBack(GgufFile gguf, Decoder decoder) {
    DecoderConfig c = decoder.config();
    boolean neighbours = c.family() == DecoderFamily.LLAMA || c.family() == DecoderFamily.MIXTRAL;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      DecoderWeights.huggingFace(c, decoder.weights()).forEach((name, target) -> {
        int heads = !neighbours ? 0 : name.contains("q_proj") ? c.heads() : name.contains("k_proj") ? c.kvHeads() : 0;
        float[] stored = gguf.floats(ggufName(name));
        int elements = (int) target.numel();
        int expert = name.contains(".experts.") ? Integer.parseInt(name.replaceAll(".*experts\\.(\\d+)\\..*", "$1")) : 0;
        float[] values = Arrays.copyOfRange(stored, expert * elements, (expert + 1) * elements);
        Tensor read = Tensors.of(values, target.shape());
        if (heads > 0) { // (pair, part) of the file is (part, pair) here
          long columns = target.size(1);
          read = read.view(heads, c.headDim() / 2, 2, columns).transpose(1, 2).reshape(target.shape());
        }
        target.copy_(read);
      });
    }
  }

  private static String ggufName(String name) {
    return name.replace("model.embed_tokens", "token_embd").replace("lm_head", "output")
        .replace("model.norm", "output_norm").replace("model.layers.", "blk.")
        .replace("input_layernorm", "attn_norm").replace("post_attention_layernorm", "ffn_norm")
        .replaceAll("self_attn\\.([qk])_norm", "attn_$1_norm").replace("self_attn.o_proj", "attn_output")
        .replaceAll("self_attn\\.([qkv])_proj", "attn_$1")
        .replaceAll("(mlp|block_sparse_moe)\\.experts\\.\\d+\\.(gate_proj|w1)", "ffn_gate_exps")
        .replaceAll("(mlp|block_sparse_moe)\\.experts\\.\\d+\\.(up_proj|w3)", "ffn_up_exps")
        .replaceAll("(mlp|block_sparse_moe)\\.experts\\.\\d+\\.(down_proj|w2)", "ffn_down_exps")
        .replaceAll("mlp\\.shared_expert\\.(gate|up|down)_proj", "ffn_$1_shexp")
        .replace("mlp.shared_expert_gate", "ffn_gate_inp_shexp")
        .replaceAll("(mlp|block_sparse_moe)\\.gate\\.", "ffn_gate_inp.")
        .replaceAll("mlp\\.(gate|up|down)_proj", "ffn_$1");
  }

  static float[] logits(Decoder decoder) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor tokens = Tensors.of(new long[] {0, 40, 50, 60, 70, 41, 51, 61}, 1, 8);
      Tensor mask = decoder.mask(Tensors.of(new long[8], 1, 8));
      return Tensors.floats(decoder.logits(decoder.hidden(tokens, mask).view(8, decoder.config().hiddenSize())));
    }
  }

  @Test
  void aTiedOutputLayerIsLeftOutUnlessTheReaderNeedsIt() throws Exception {
    ModelFolders.write("llama, tied, wide heads", folder);
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, GgufType.F32);
    try (GgufFile gguf = GgufFile.open(file)) {
      assertThat(gguf.tensors()).doesNotContainKey("output.weight").containsKey("token_embd.weight");
    }
    assertThat(GgufLayout.of(tied(ModelFolders.all().get("qwen2_moe"))))
        .anyMatch(place -> place.name().equals("output.weight") && place.sources().equals(List.of("model.embed_tokens.weight")));
  }

  private static DecoderConfig tied(DecoderConfig c) {
    return new DecoderConfig(c.family(), c.vocabSize(), c.hiddenSize(), c.intermediateSize(), c.layers(), c.heads(),
        c.kvHeads(), c.headDim(), c.maxPositions(), c.ropeTheta(), c.ropeScaling(), c.rmsNormEps(), true, c.bosId(),
        c.eosIds(), c.padId(), c.experts());
  }

  @ParameterizedTest
  @MethodSource("types")
  void matricesAreStoredAsAskedAndVectorsInSinglePrecision(GgufType type) throws Exception {
    ModelFolders.write("llama, tied, wide heads", folder);
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, type);
    double error = switch (type) {
      case F32 -> 0;
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      default -> 1 / 127.0;
    };
    try (GgufFile gguf = GgufFile.open(file);
        TensorSource source = TensorSource.openFolder(folder)) {
      assertThat(gguf.tensors().get("blk.0.attn_v.weight").type()).isEqualTo(type);
      assertThat(gguf.tensors().get("blk.0.attn_norm.weight").type()).isEqualTo(GgufType.F32);
      // Rows of 86 are no whole groups of 32.
      assertThat(gguf.tensors().get("blk.0.ffn_down.weight").type())
          .isEqualTo(type == GgufType.Q8_0 ? GgufType.F16 : type);
      float[] expected = source.tensor("model.layers.0.self_attn.v_proj.weight").toFloats();
      float[] found = gguf.floats("blk.0.attn_v.weight");
      float largest = 0;
      for (float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      for (int i = 0; i < expected.length; i++) {
        double scale = type == GgufType.Q8_0 ? largest : Math.abs(expected[i]);
        double steps = type == GgufType.F16 ? 0x1p-25 : 0; // of the smallest halves, which have fewer digits
        assertThat((double) Math.abs(found[i] - expected[i])).isLessThanOrEqualTo(error * scale * 1.001 + steps);
      }
    }
  }

  @Test
  void fourBitFilesMixTheirTypesAsLlamaCppDoes() {
    DecoderConfig config = new DecoderConfig(1024, 256, 512, 16, 4, 2, 64, 128, 10_000, 1e-5, true, 0, 1, 2);
    Map<String, GgufType> types = new LinkedHashMap<>();
    GgufRecipe recipe = new GgufRecipe(GgufType.Q4_K, config.layers());
    GgufLayout.of(config).forEach(place -> types.put(place.name(), recipe.of(place)));
    assertThat(types).containsEntry("token_embd.weight", GgufType.Q6_K).containsEntry("output_norm.weight", GgufType.F32)
        .containsEntry("blk.1.attn_q.weight", GgufType.Q4_K).containsEntry("blk.1.ffn_up.weight", GgufType.Q4_K);
    List<Integer> better = IntStream.range(0, 16)
        .filter(layer -> types.get("blk." + layer + ".ffn_down.weight") == GgufType.Q6_K).boxed().toList();
    assertThat(better).containsExactly(0, 1, 4, 7, 10, 13, 14, 15); // the first and last eighth, every third between
    assertThat(better).allMatch(layer -> types.get("blk." + layer + ".attn_v.weight") == GgufType.Q6_K);
    assertThat(GgufLayout.of(config)).filteredOn(place -> place.name().startsWith("blk.0.") && !place.exact())
        .allMatch(place -> new GgufRecipe(GgufType.Q4_0, 16).of(place) == GgufType.Q4_0);
  }

  @Test
  void rowsThatAreNoWholeBlocksTakeTheNextFinerType() {
    DecoderConfig config = new DecoderConfig(64, 96, 86, 1, 2, 1, 48, 128, 10_000, 1e-5, true, 0, 1, 2);
    Map<String, GgufType> types = new LinkedHashMap<>();
    GgufLayout.of(config).forEach(place -> types.put(place.name(), new GgufRecipe(GgufType.Q4_K, 1).of(place)));
    assertThat(types).containsEntry("blk.0.attn_q.weight", GgufType.Q8_0).containsEntry("blk.0.ffn_down.weight", GgufType.F16);
  }

  static List<GgufType> types() {
    return List.of(GgufType.F32, GgufType.F16, GgufType.BF16, GgufType.Q8_0);
  }

  @Test
  void theMetadataDescribeShapeAndPositionsUnderTheReadersKeys() throws Exception {
    ModelFolders.write("llama, yarn with its own factor", folder);
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, GgufType.Q8_0);
    try (GgufFile gguf = GgufFile.open(file)) {
      Map<String, GgufValue> found = gguf.metadata();
      assertThat(found).containsEntry("general.architecture", GgufValue.text("llama"))
          .containsEntry("general.file_type", GgufValue.count(7))
          .containsEntry("llama.block_count", GgufValue.count(2))
          .containsEntry("llama.context_length", GgufValue.count(128))
          .containsEntry("llama.attention.head_count_kv", GgufValue.count(2))
          .containsEntry("llama.attention.key_length", GgufValue.count(16))
          .containsEntry("llama.rope.freq_base", GgufValue.real(10_000))
          .containsEntry("llama.rope.scaling.type", GgufValue.text("yarn"))
          .containsEntry("llama.rope.scaling.factor", GgufValue.real(4))
          .containsEntry("llama.rope.scaling.original_context_length", GgufValue.count(32))
          .containsEntry("llama.rope.scaling.yarn_beta_fast", GgufValue.real(32))
          .containsEntry("llama.rope.scaling.attn_factor", GgufValue.real(1.5 / (0.1 * Math.log(4) + 1)));
    }
  }

  @Test
  void rotaryFactorsOfLlama3AreATensor() throws Exception {
    ModelFolders.write("llama, llama3 positions", folder);
    Path file = folder.resolve("model.gguf");
    GgufExport.write(folder, file, GgufType.F16);
    try (GgufFile gguf = GgufFile.open(file)) {
      float[] factors = gguf.floats("rope_freqs.weight");
      assertThat(factors).hasSize(8);
      // Theta 10,000, 32 positions: the first pair turns 5 times, more than 4; the last far less than once.
      assertThat(factors[0]).isEqualTo(1);
      assertThat(factors[7]).isEqualTo(8);
    }
  }

  @Test
  void refusesWhatTheReaderWouldComputeOtherwise() {
    DecoderConfig llama = ModelFolders.all().get("llama");
    refused(llama.as(DecoderFamily.QWEN3).stretched(new RopeScaling.Llama3(8, 1, 4, 32), 128), "llama3");
    refused(llama.stretched(new RopeScaling.Yarn(4, 32, 32, 1, null, false), 128), "truncate");
    refused(llama.stretched(new RopeScaling.Yarn(4, 32, 8, 1, null, true), 128), "beta_fast 8");
    refused(llama.as(DecoderFamily.QWEN3_MOE, new Experts(4, 2, 32, 0, false, 1, Set.of(), 0, 0, null)), "norm_topk_prob");
    refused(llama.as(DecoderFamily.QWEN3_MOE, new Experts(4, 2, 32, 0, true, 2, Set.of(), 0, 0, null)), "decoder_sparse_step");
    refused(new DecoderConfig(30, 64, 96, 2, 3, 1, 16, 128, 10_000, 1e-5, false, 0, 0, -1).as(DecoderFamily.QWEN2), "head_dim");
  }

  private static void refused(DecoderConfig config, String key) {
    assertThatThrownBy(() -> GgufMetadata.of(config, "x", GgufType.F32))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(key).hasMessageContaining("llama.cpp");
  }

  @Test
  void aFaultyFolderLeavesTheOldFileAlone() throws Exception {
    ModelFolders.write("llama", folder);
    Path file = folder.resolve("model.gguf");
    Files.writeString(file, "old");
    String json = Files.readString(folder.resolve(Tokenizer.FILE));
    Files.writeString(folder.resolve(Tokenizer.FILE), json.replace("\"type\" : \"ByteLevel\"", "\"type\" : \"Whitespace\""));
    assertThatThrownBy(() -> GgufExport.write(folder, file, GgufType.F32)).hasMessageContaining("pre_tokenizer");
    Files.writeString(folder.resolve(Tokenizer.FILE), json);
    try (Decoder decoder = DecoderFolder.load(folder)) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        decoder.weights().get("model.layers.1.mlp.down_proj.weight").fill_(new org.bytedeco.pytorch.Scalar(Double.NaN));
      }
      DecoderFolder.save(decoder, folder, DType.F32);
    }
    assertThatThrownBy(() -> GgufExport.write(folder, file, GgufType.F32))
        .hasMessageContaining("model.layers.1.mlp.down_proj.weight").hasMessageContaining("NaN");
    assertThat(Files.readString(file)).isEqualTo("old");
    assertThat(files()).noneMatch(name -> name.endsWith(".tmp"));
  }

  private List<String> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
