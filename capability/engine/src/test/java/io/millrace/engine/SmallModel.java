// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorView;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A folder with a small untrained model in the layout of Qwen3, with biases too, and a tokenizer trained on a few lines. */
final class SmallModel {
  private static final int DIM = 32;
  private static final int HIDDEN = 48;

  private final Random random;
  private final int heads;
  private final int kvHeads;
  private final int headDim;
  private final List<TensorView> tensors = new ArrayList<>();

  private SmallModel(long seed, int heads, int kvHeads, int headDim) {
    random = new Random(seed);
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
  }

  static Path write(Path folder, long seed) throws IOException {
    return write(folder, seed, 256);
  }

  static Path write(Path folder, long seed, int context) throws IOException {
    return new SmallModel(seed, 4, 2, 16).write(folder, context);
  }

  private Path write(Path folder, int context) throws IOException {
    Files.createDirectories(folder);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      lines.add("The map holds keys and values " + i + ". 映射保存键和值。");
    }
    var vocabulary = BpeTrainer.ofSize(320).train(lines.iterator());
    vocabulary.writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    Files.writeString(folder.resolve("config.json"), Json.write(Map.of("model_type", "qwen3", "hidden_size", DIM,
        "intermediate_size", HIDDEN, "num_hidden_layers", 2, "num_attention_heads", heads, "num_key_value_heads",
        kvHeads, "head_dim", headDim, "vocab_size", vocabulary.size(), "max_position_embeddings", context,
        "rope_parameters", Map.of("rope_type", "default", "rope_theta", 5000))));
    writeTensors(folder, vocabulary.size());
    return folder;
  }

  private void writeTensors(Path folder, int vocabulary) throws IOException {
    add("model.embed_tokens.weight", 1, vocabulary, DIM);
    add("lm_head.weight", 0.3, vocabulary, DIM);
    add("model.norm.weight", 1, DIM);
    for (int l = 0; l < 2; l++) {
      String at = "model.layers." + l + ".";
      add(at + "input_layernorm.weight", 1, DIM);
      add(at + "post_attention_layernorm.weight", 1, DIM);
      add(at + "self_attn.q_proj.weight", 0.3, heads * headDim, DIM);
      add(at + "self_attn.q_proj.bias", 0.3, heads * headDim);
      add(at + "self_attn.k_proj.weight", 0.3, kvHeads * headDim, DIM);
      add(at + "self_attn.v_proj.weight", 0.3, kvHeads * headDim, DIM);
      add(at + "self_attn.o_proj.weight", 0.3, DIM, heads * headDim);
      add(at + "self_attn.q_norm.weight", 1, headDim);
      add(at + "self_attn.k_norm.weight", 1, headDim);
      add(at + "mlp.gate_proj.weight", 0.3, HIDDEN, DIM);
      add(at + "mlp.up_proj.weight", 0.3, HIDDEN, DIM);
      add(at + "mlp.down_proj.weight", 0.3, DIM, HIDDEN);
    }
    SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
  }

  private void add(String name, double deviation, long... shape) {
    int n = 1;
    for (long d : shape) {
      n *= (int) d;
    }
    float[] w = new float[n];
    for (int i = 0; i < n; i++) {
      w[i] = (float) (random.nextGaussian() * deviation);
    }
    tensors.add(TensorView.ofFloats(name, w, shape));
  }
}
