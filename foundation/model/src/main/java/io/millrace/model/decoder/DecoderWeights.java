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
 * product is faster than three small ones, and so are the experts of a block; {@link #huggingFace} shows them as the
 * separate tensors of the file.
 */
public final class DecoderWeights {
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String NORM = "model.norm.weight";
  static final String HEAD = "lm_head.weight";
  static final String NORM1 = "input_layernorm.weight";
  static final String QKV = "self_attn.qkv.weight";
  static final String QKV_BIAS = "self_attn.qkv.bias";
  static final String Q_NORM = "self_attn.q_norm.weight";
  static final String K_NORM = "self_attn.k_norm.weight";
  static final String OUT = "self_attn.o_proj.weight";
  static final String NORM2 = "post_attention_layernorm.weight";
  static final String GATE_UP = "mlp.gate_up.weight";
  static final String DOWN = "mlp.down_proj.weight";
  static final String ROUTER = "mlp.gate.weight";
  static final String EXPERTS_GATE_UP = "mlp.experts.gate_up.weight";
  static final String EXPERTS_DOWN = "mlp.experts.down_proj.weight";
  static final String SHARED_GATE_UP = "mlp.shared_expert.gate_up.weight";
  static final String SHARED_DOWN = "mlp.shared_expert.down_proj.weight";
  static final String SHARED_GATE = "mlp.shared_expert_gate.weight";

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
      String prefix = layer(i);
      slots.put(prefix + NORM1, new Slot(one, width));
      slots.put(prefix + QKV, new Slot(normal, queries + 2 * keys, width));
      if (c.family().qkvBias()) {
        slots.put(prefix + QKV_BIAS, new Slot(new Start.Constant(0), queries + 2 * keys));
      }
      if (c.family().qkNorm()) {
        slots.put(prefix + Q_NORM, new Slot(one, c.headDim()));
        slots.put(prefix + K_NORM, new Slot(one, c.headDim()));
      }
      slots.put(prefix + OUT, new Slot(residual, width, queries));
      slots.put(prefix + NORM2, new Slot(one, width));
      Experts experts = c.expertsAt(i);
      if (experts == null) {
        slots.put(prefix + GATE_UP, new Slot(normal, 2L * c.intermediateSize(), width));
        slots.put(prefix + DOWN, new Slot(residual, width, c.intermediateSize()));
      } else {
        mixture(slots, prefix, experts, width, normal, residual);
      }
    }
    slots.put(NORM, new Slot(one, width));
    if (!c.tieEmbeddings()) {
      slots.put(HEAD, new Slot(normal, c.vocabSize(), width));
    }
    return slots;
  }

  private static void mixture(
      Map<String, Slot> slots, String prefix, Experts experts, long width, Start normal, Start residual) {
    long inner = experts.intermediateSize();
    slots.put(prefix + ROUTER, new Slot(normal, experts.count(), width));
    slots.put(prefix + EXPERTS_GATE_UP, new Slot(normal, experts.count(), 2 * inner, width));
    slots.put(prefix + EXPERTS_DOWN, new Slot(residual, experts.count(), width, inner));
    long shared = experts.sharedIntermediateSize();
    if (shared > 0) {
      slots.put(prefix + SHARED_GATE_UP, new Slot(normal, 2 * shared, width));
      slots.put(prefix + SHARED_DOWN, new Slot(residual, width, shared));
      slots.put(prefix + SHARED_GATE, new Slot(normal, 1, width));
    }
  }

  /** Views of the weights under the names and in the shapes of the family's class; they live in the open scope. */
  public static Map<String, Tensor> huggingFace(DecoderConfig c, Weights weights) {
    Map<String, Tensor> views = new LinkedHashMap<>();
    weights.named().forEach((name, tensor) -> {
      Tensor plain = tensor.detach();
      if (name.endsWith(EXPERTS_GATE_UP) || name.endsWith(EXPERTS_DOWN)) {
        experts(c, name, plain, views);
      } else if (name.contains(".qkv.")) {
        long queries = (long) c.heads() * c.headDim();
        long keys = (long) c.kvHeads() * c.headDim();
        views.put(name.replace(".qkv.", ".q_proj."), plain.narrow(0, 0, queries));
        views.put(name.replace(".qkv.", ".k_proj."), plain.narrow(0, queries, keys));
        views.put(name.replace(".qkv.", ".v_proj."), plain.narrow(0, queries + keys, keys));
      } else if (name.contains(".gate_up.")) {
        long inner = plain.size(0) / 2;
        views.put(name.replace(".gate_up.", ".gate_proj."), plain.narrow(0, 0, inner));
        views.put(name.replace(".gate_up.", ".up_proj."), plain.narrow(0, inner, inner));
      } else if (name.endsWith(ROUTER)) {
        views.put(mixtureName(c, name), plain);
      } else {
        views.put(name, plain);
      }
    });
    return views;
  }

  private static void experts(DecoderConfig c, String name, Tensor stacked, Map<String, Tensor> views) {
    String prefix = mixtureName(c, name.substring(0, name.indexOf(".experts.") + ".experts.".length()));
    boolean mixtral = c.family() == DecoderFamily.MIXTRAL;
    for (long e = 0; e < stacked.size(0); e++) {
      Tensor expert = stacked.select(0, e);
      if (name.endsWith(EXPERTS_DOWN)) {
        views.put(prefix + e + (mixtral ? ".w2.weight" : ".down_proj.weight"), expert);
      } else {
        long inner = expert.size(0) / 2;
        views.put(prefix + e + (mixtral ? ".w1.weight" : ".gate_proj.weight"), expert.narrow(0, 0, inner));
        views.put(prefix + e + (mixtral ? ".w3.weight" : ".up_proj.weight"), expert.narrow(0, inner, inner));
      }
    }
  }

  private static String mixtureName(DecoderConfig c, String name) {
    return c.family() == DecoderFamily.MIXTRAL ? name.replace(".mlp.", ".block_sparse_moe.") : name;
  }
}
