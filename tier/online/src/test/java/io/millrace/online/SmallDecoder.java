// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

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

/** A language model with random weights in the layout of Llama: what it writes has nothing to do with any source. */
final class SmallDecoder {

  private static final int WIDTH = 32;
  private static final int LAYERS = 2;

  private SmallDecoder() {}

  static Path write(Path folder) throws IOException {
    return write(folder, 5);
  }

  static Path write(Path folder, long seed) throws IOException {
    Files.createDirectories(folder);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      lines.add("The lamp " + i + " is dark blue and the door is red.");
    }
    var vocabulary = BpeTrainer.ofSize(320).train(lines.iterator());
    vocabulary.writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    Files.writeString(
        folder.resolve("config.json"),
        Json.write(
            Map.of(
                "model_type", "llama", "hidden_size", WIDTH, "intermediate_size", 48, "num_hidden_layers", LAYERS,
                "num_attention_heads", 2, "num_key_value_heads", 2, "vocab_size", vocabulary.size(),
                "max_position_embeddings", 1024, "rms_norm_eps", 1e-5)));
    Random random = new Random(seed);
    List<TensorView> tensors = new ArrayList<>();
    add(tensors, random, "model.embed_tokens.weight", vocabulary.size(), WIDTH);
    add(tensors, random, "lm_head.weight", vocabulary.size(), WIDTH);
    add(tensors, random, "model.norm.weight", WIDTH);
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "model.layers." + layer + ".";
      add(tensors, random, at + "input_layernorm.weight", WIDTH);
      add(tensors, random, at + "post_attention_layernorm.weight", WIDTH);
      for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
        add(tensors, random, at + "self_attn." + name + ".weight", WIDTH, WIDTH);
      }
      add(tensors, random, at + "mlp.gate_proj.weight", 48, WIDTH);
      add(tensors, random, at + "mlp.up_proj.weight", 48, WIDTH);
      add(tensors, random, at + "mlp.down_proj.weight", WIDTH, 48);
    }
    SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
    return folder;
  }

  /** Writes an adapter for it in the layout of PEFT. */
  static Path writeAdapter(Path folder) throws IOException {
    Files.createDirectories(folder);
    Random random = new Random(6);
    List<TensorView> tensors = new ArrayList<>();
    String at = "base_model.model.model.layers.0.mlp.down_proj.";
    add(tensors, random, at + "lora_A.weight", 4, 48);
    add(tensors, random, at + "lora_B.weight", WIDTH, 4);
    SafetensorsWriter.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of());
    Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 16}");
    return folder;
  }

  private static void add(List<TensorView> tensors, Random random, String name, long... shape) {
    int size = 1;
    for (long side : shape) {
      size *= (int) side;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * 0.3);
    }
    tensors.add(TensorView.ofFloats(name, values, shape));
  }
}
