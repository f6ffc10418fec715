// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorView;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A language model that writes the same letter for ever, and takes its time: its layers are wide and add nothing, so
 * that all that reaches the output is the embedding, which only the letter's row answers.
 */
final class EndlessDecoder {

  private static final int WIDTH = 256;
  private static final int HIDDEN = 4_096;
  private static final int LAYERS = 4;

  private EndlessDecoder() {}

  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      lines.add("The wheel " + i + " turns and turns, and the water runs.");
    }
    var vocabulary = BpeTrainer.ofSize(320).train(lines.iterator());
    vocabulary.writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    Files.writeString(
        folder.resolve("config.json"),
        Json.write(
            Map.of(
                "model_type", "llama", "hidden_size", WIDTH, "intermediate_size", HIDDEN, "num_hidden_layers", LAYERS,
                "num_attention_heads", 4, "num_key_value_heads", 4, "vocab_size", vocabulary.size(),
                "max_position_embeddings", 4096, "rms_norm_eps", 1e-5)));
    int letter;
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      letter = tokenizer.encode("a")[0];
    }
    List<TensorView> tensors = new ArrayList<>();
    tensors.add(filled("model.embed_tokens.weight", 1, vocabulary.size(), WIDTH));
    float[] output = new float[vocabulary.size() * WIDTH];
    Arrays.fill(output, letter * WIDTH, (letter + 1) * WIDTH, 1);
    tensors.add(TensorView.ofFloats("lm_head.weight", output, vocabulary.size(), WIDTH));
    tensors.add(filled("model.norm.weight", 1, WIDTH));
    for (int layer = 0; layer < LAYERS; layer++) {
      String at = "model.layers." + layer + ".";
      tensors.add(filled(at + "input_layernorm.weight", 1, WIDTH));
      tensors.add(filled(at + "post_attention_layernorm.weight", 1, WIDTH));
      for (String name : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
        tensors.add(filled(at + "self_attn." + name + ".weight", 0, WIDTH, WIDTH));
      }
      tensors.add(filled(at + "mlp.gate_proj.weight", 0, HIDDEN, WIDTH));
      tensors.add(filled(at + "mlp.up_proj.weight", 0, HIDDEN, WIDTH));
      tensors.add(filled(at + "mlp.down_proj.weight", 0, WIDTH, HIDDEN));
    }
    SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
    return folder;
  }

  private static TensorView filled(String name, float value, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    Arrays.fill(values, value);
    return TensorView.ofFloats(name, values, shape);
  }
}
