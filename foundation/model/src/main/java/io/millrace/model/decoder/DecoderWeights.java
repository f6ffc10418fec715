// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.checkpoint.Weights.Slot;
import io.millrace.model.checkpoint.Weights.Start;
import org.bytedeco.pytorch.Tensor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names and shapes of a decoder's tensors, in memory and in Hugging Face files.
 *
 * <p>In memory, matrices that read the same input are one (query, key and value; gate and up), because one large
 * product is faster than three small ones; {@link #huggingFace} shows them as the separate tensors of the file.
 */
public final class DecoderWeights {
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String NORM = "model.norm.weight";
  static final String HEAD = "lm_head.weight";
  static final String NORM1 = "input_layernorm.weight";
  static final String QKV = "self_attn.qkv.weight";
  static final String OUT = "self_attn.o_proj.weight";
  static final String NORM2 = "post_attention_layernorm.weight";
  static final String GATE_UP = "mlp.gate_up.weight";
  static final String DOWN = "mlp.down_proj.weight";

  private DecoderWeights() {}

  static String layer(int layer) {
    return "model.layers." + layer + ".";
  }

  /**
   * What a new decoder is made of: normal weights of deviation 0.02, smaller by √(2·layers) where a block adds to the
   * residual stream (Radford et al. 2019, section 2.3).
   */
  static Map<String, Slot> slots(DecoderConfig c) {
    Start normal = new Start.Normal(0.02);
    Start residual = new Start.Normal(0.02 / Math.sqrt(2.0 * c.layers()));
    Start one = new Start.Constant(1);
    long width = c.hiddenSize();
    long queries = (long) c.heads() * c.headDim();
    long keys = (long) c.kvHeads() * c.headDim();
    Map<String, Slot> slots = new LinkedHashMap<>();
    slots.put(EMBEDDING, new Slot(normal, c.vocabSize(), width));
    for (int i = 0; i < c.layers(); i++) {
      slots.put(layer(i) + NORM1, new Slot(one, width));
      slots.put(layer(i) + QKV, new Slot(normal, queries + 2 * keys, width));
      slots.put(layer(i) + OUT, new Slot(residual, width, queries));
      slots.put(layer(i) + NORM2, new Slot(one, width));
      slots.put(layer(i) + GATE_UP, new Slot(normal, 2L * c.intermediateSize(), width));
      slots.put(layer(i) + DOWN, new Slot(residual, width, c.intermediateSize()));
    }
    slots.put(NORM, new Slot(one, width));
    if (!c.tieEmbeddings()) {
      slots.put(HEAD, new Slot(normal, c.vocabSize(), width));
    }
    return slots;
  }

  /** Views of the weights under the names and in the shapes of LlamaForCausalLM; they live in the open scope. */
  public static Map<String, Tensor> huggingFace(DecoderConfig c, Weights weights) {
    long queries = (long) c.heads() * c.headDim();
    long keys = (long) c.kvHeads() * c.headDim();
    long inner = c.intermediateSize();
    Map<String, Tensor> views = new LinkedHashMap<>();
    weights.named().forEach((name, tensor) -> {
      if (name.endsWith(QKV)) {
        String prefix = name.substring(0, name.length() - "qkv.weight".length());
        views.put(prefix + "q_proj.weight", tensor.detach().narrow(0, 0, queries));
        views.put(prefix + "k_proj.weight", tensor.detach().narrow(0, queries, keys));
        views.put(prefix + "v_proj.weight", tensor.detach().narrow(0, queries + keys, keys));
      } else if (name.endsWith(GATE_UP)) {
        String prefix = name.substring(0, name.length() - "gate_up.weight".length());
        views.put(prefix + "gate_proj.weight", tensor.detach().narrow(0, 0, inner));
        views.put(prefix + "up_proj.weight", tensor.detach().narrow(0, inner, inner));
      } else {
        views.put(name, tensor.detach());
      }
    });
    return views;
  }
}
