// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.checkpoint.Weights.Slot;
import io.millrace.model.checkpoint.Weights.Start;
import org.bytedeco.pytorch.Tensor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names and shapes of an encoder's tensors, in memory and in Hugging Face files.
 *
 * <p>In memory query, key and value are one matrix, because one large product is faster than three small ones;
 * {@link #huggingFace} shows them as the separate tensors of the file.
 */
public final class EncoderWeights {
  static final String WORDS = "embeddings.word_embeddings.weight";
  static final String POSITIONS = "embeddings.position_embeddings.weight";
  static final String TYPES = "embeddings.token_type_embeddings.weight";
  static final String EMBEDDING_NORM = "embeddings.LayerNorm";
  static final String QKV = "attention.self.qkv";
  static final String ATTENTION_OUT = "attention.output.dense";
  static final String ATTENTION_NORM = "attention.output.LayerNorm";
  static final String INNER = "intermediate.dense";
  static final String OUT = "output.dense";
  static final String OUT_NORM = "output.LayerNorm";

  private EncoderWeights() {}

  /** The product that makes queries, keys or values, below a layer's name. */
  static String attention(String part) {
    return "attention.self." + part;
  }

  static String layer(int layer) {
    return "encoder.layer." + layer + ".";
  }

  /** The layer that a tensor of this name belongs to, or -1 for the embeddings and whatever is not in a layer. */
  public static int layerOf(String name) {
    if (!name.startsWith("encoder.layer.")) {
      return -1;
    }
    return Integer.parseInt(name.substring("encoder.layer.".length(), name.indexOf('.', "encoder.layer.".length())));
  }

  /** What a new encoder is made of (Devlin et al. 2019: normal weights of deviation 0.02). */
  public static Map<String, Slot> slots(EncoderConfig c) {
    Start normal = new Start.Normal(0.02);
    long width = c.hiddenSize();
    long inner = c.intermediateSize();
    Map<String, Slot> slots = new LinkedHashMap<>();
    slots.put(WORDS, new Slot(normal, c.vocabSize(), width));
    slots.put(POSITIONS, new Slot(normal, c.maxPositions(), width));
    slots.put(TYPES, new Slot(normal, c.typeVocabSize(), width));
    norm(slots, EMBEDDING_NORM, width);
    for (int i = 0; i < c.layers(); i++) {
      dense(slots, layer(i) + QKV, 3 * width, width);
      dense(slots, layer(i) + ATTENTION_OUT, width, width);
      norm(slots, layer(i) + ATTENTION_NORM, width);
      dense(slots, layer(i) + INNER, inner, width);
      dense(slots, layer(i) + OUT, width, inner);
      norm(slots, layer(i) + OUT_NORM, width);
    }
    return slots;
  }

  private static void dense(Map<String, Slot> slots, String name, long rows, long columns) {
    slots.put(name + ".weight", new Slot(new Start.Normal(0.02), rows, columns));
    slots.put(name + ".bias", new Slot(new Start.Constant(0), rows));
  }

  private static void norm(Map<String, Slot> slots, String name, long width) {
    slots.put(name + ".weight", new Slot(new Start.Constant(1), width));
    slots.put(name + ".bias", new Slot(new Start.Constant(0), width));
  }

  /** Views of the weights under the names and in the shapes of BertModel; they live in the open scope. */
  public static Map<String, Tensor> huggingFace(EncoderConfig c, Weights weights) {
    long width = c.hiddenSize();
    Map<String, Tensor> views = new LinkedHashMap<>();
    weights.named().forEach((name, tensor) -> {
      if (name.contains(QKV)) {
        String[] parts = {"query", "key", "value"};
        for (int i = 0; i < parts.length; i++) {
          views.put(name.replace(".qkv.", "." + parts[i] + "."), tensor.detach().narrow(0, i * width, width));
        }
      } else {
        views.put(name, tensor.detach());
      }
    });
    return views;
  }
}
