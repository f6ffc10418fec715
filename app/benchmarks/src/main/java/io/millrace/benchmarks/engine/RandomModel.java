// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.SafetensorsWriter;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorSpec;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.Tokenizer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Writes a Hugging Face folder of random BF16 weights, a tensor at a time, so a model need not fit into memory.
 *
 * <p>Matrices are normal with deviation 0.02 and norms are ones, as decoders begin (Radford et al. 2019): activations stay
 * as large as in a trained one, and every token takes the same path through every kernel.
 */
final class RandomModel {
  private static final double DEVIATION = 0.02;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private RandomModel() {}

  /** Writes the folder; the weights come last. Same seed, same weights. */
  static void write(DecoderConfig config, long seed, Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), config.toHuggingFace(), StandardCharsets.UTF_8);
    // The 256 bytes and a few merges: prompts are given as tokens, so what they spell does not matter.
    BpeTrainer.ofSize(300).train(List.of("A model of random weights writes random tokens.").iterator())
        .writeTokenizerJson(folder.resolve(Tokenizer.FILE));
    SplittableRandom random = new SplittableRandom(seed);
    List<TensorSpec> tensors = tensors(config);
    try (SafetensorsWriter writer =
        SafetensorsWriter.create(folder.resolve(TensorSource.FILE), tensors, Map.of("format", "pt"))) {
      for (TensorSpec tensor : tensors) {
        writer.put(tensor.name(), values(tensor, random.split()));
      }
      writer.commit();
    }
  }

  private static MemorySegment values(TensorSpec tensor, SplittableRandom random) {
    MemorySegment values = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.byteSize())]);
    boolean norm = tensor.shape().length == 1;
    for (long at = 0; at < values.byteSize(); at += 2) {
      float value = norm ? 1 : (float) (DEVIATION * random.nextGaussian());
      values.set(SHORT, at, (short) (Float.floatToRawIntBits(value) >>> 16));
    }
    return values;
  }

  /** The tensors of a dense Llama or Qwen 3. */
  private static List<TensorSpec> tensors(DecoderConfig c) {
    List<TensorSpec> tensors = new ArrayList<>();
    long width = c.hiddenSize();
    long queries = (long) c.heads() * c.headDim();
    long keys = (long) c.kvHeads() * c.headDim();
    add(tensors, "model.embed_tokens", c.vocabSize(), width);
    for (int i = 0; i < c.layers(); i++) {
      String layer = "model.layers." + i + ".";
      add(tensors, layer + "input_layernorm", width);
      add(tensors, layer + "self_attn.q_proj", queries, width);
      add(tensors, layer + "self_attn.k_proj", keys, width);
      add(tensors, layer + "self_attn.v_proj", keys, width);
      add(tensors, layer + "self_attn.o_proj", width, queries);
      if (c.family().qkNorm()) {
        add(tensors, layer + "self_attn.q_norm", c.headDim());
        add(tensors, layer + "self_attn.k_norm", c.headDim());
      }
      add(tensors, layer + "post_attention_layernorm", width);
      add(tensors, layer + "mlp.gate_proj", c.intermediateSize(), width);
      add(tensors, layer + "mlp.up_proj", c.intermediateSize(), width);
      add(tensors, layer + "mlp.down_proj", width, c.intermediateSize());
    }
    add(tensors, "model.norm", width);
    if (!c.tieEmbeddings()) {
      add(tensors, "lm_head", c.vocabSize(), width);
    }
    return tensors;
  }

  private static void add(List<TensorSpec> tensors, String name, long... shape) {
    tensors.add(new TensorSpec(name + ".weight", DType.BF16, shape));
  }
}
