// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code config.json} as transformers reads and writes it. Whatever would change the numbers and is not computed here is
 * refused by its key.
 *
 * @see <a href="https://github.com/huggingface/transformers/tree/main/src/transformers/models">configuration_*.py</a>
 */
final class DecoderConfigJson {
  private DecoderConfigJson() {}

  static DecoderConfig read(JsonNode json) {
    DecoderFamily family = DecoderFamily.ofModelType(json.path("model_type").asString(""));
    refuseWhatIsNotComputed(json, family);
    int heads = required(json, "num_attention_heads");
    int hidden = required(json, "hidden_size");
    int positions = json.path("max_position_embeddings").asInt(2048);
    JsonNode rope = json.path("rope_parameters").isObject() ? json.path("rope_parameters") : json.path("rope_scaling");
    int inner = required(json, "intermediate_size");
    // Qwen3's heads are not hidden_size / heads wide; its class falls back to 128.
    int headDim = family == DecoderFamily.QWEN3 ? 128 : Math.max(1, hidden / Math.max(1, heads));
    return new DecoderConfig(
        family,
        required(json, "vocab_size"),
        hidden,
        inner,
        required(json, "num_hidden_layers"),
        heads,
        json.path("num_key_value_heads").asInt(heads),
        json.path("head_dim").asInt(headDim),
        positions,
        rope.path("rope_theta").asDouble(json.path("rope_theta").asDouble(family == DecoderFamily.MIXTRAL ? 1e6 : 10_000)),
        ropeScaling(rope, positions),
        json.path("rms_norm_eps").asDouble(family == DecoderFamily.MIXTRAL ? 1e-5 : 1e-6),
        json.path("tie_word_embeddings").asBoolean(false),
        json.path("bos_token_id").asInt(-1),
        tokens(json.path("eos_token_id")),
        json.path("pad_token_id").asInt(-1),
        experts(json, family, inner));
  }

  private static void refuseWhatIsNotComputed(JsonNode json, DecoderFamily family) {
    String activation = json.path("hidden_act").asString("silu");
    if (!activation.equals("silu")) {
      throw new IllegalArgumentException("config.json: hidden_act '" + activation + "': only silu is computed");
    }
    for (String key : List.of("attention_bias", "mlp_bias")) {
      if (json.path(key).asBoolean(false)) {
        throw new IllegalArgumentException(
            "config.json: " + key + " true: for " + family.modelType() + " these biases are not computed");
      }
    }
    boolean slides = json.path("use_sliding_window").asBoolean(family == DecoderFamily.MIXTRAL);
    int positions = json.path("max_position_embeddings").asInt(2048);
    if (slides && json.path("sliding_window").isNumber() && json.path("sliding_window").asInt() < positions) {
      throw new IllegalArgumentException(
          "config.json: sliding_window " + json.path("sliding_window") + ": only attention to all earlier tokens is computed");
    }
    if (json.path("partial_rotary_factor").asDouble(1) != 1) {
      throw new IllegalArgumentException("config.json: partial_rotary_factor " + json.path("partial_rotary_factor")
          + ": only rotation of whole heads is computed");
    }
    if (json.path("quantization_config").isObject()) {
      throw new IllegalArgumentException("config.json: quantization_config "
          + json.path("quantization_config").path("quant_method").asString("?")
          + ": only full weights are read here; take the folder that was quantised");
    }
  }

  private static RopeScaling ropeScaling(JsonNode rope, int positions) {
    String type = rope.path("rope_type").asString(rope.path("type").asString("default"));
    int trained = rope.path("original_max_position_embeddings").asInt(positions);
    return switch (type) {
      case "default" -> RopeScaling.NONE;
      case "linear" -> new RopeScaling.Linear(number(rope, "factor"));
      case "dynamic" -> new RopeScaling.Dynamic(number(rope, "factor"), trained);
      case "yarn" -> new RopeScaling.Yarn(rope.path("factor").asDouble((double) positions / trained), trained,
          rope.path("beta_fast").asDouble(32), rope.path("beta_slow").asDouble(1), yarnAttention(rope),
          rope.path("truncate").asBoolean(true));
      case "llama3" -> new RopeScaling.Llama3(number(rope, "factor"), number(rope, "low_freq_factor"),
          number(rope, "high_freq_factor"), (int) number(rope, "original_max_position_embeddings"));
      default -> throw new IllegalArgumentException("config.json: rope_type '" + type
          + "': only default, linear, dynamic, yarn and llama3 are computed");
    };
  }

  /** DeepSeek's pair of scales, where both are given, replaces the paper's factor. */
  private static @Nullable Double yarnAttention(JsonNode rope) {
    if (rope.path("attention_factor").isNumber()) {
      return rope.path("attention_factor").asDouble();
    }
    double above = rope.path("mscale").asDouble(0);
    double below = rope.path("mscale_all_dim").asDouble(0);
    if (above == 0 || below == 0) {
      return null;
    }
    double log = Math.log(number(rope, "factor"));
    return (0.1 * above * log + 1) / (0.1 * below * log + 1);
  }

  private static double number(JsonNode node, String key) {
    if (!node.path(key).isNumber()) {
      throw new IllegalArgumentException("config.json: rope scaling: " + key + " must be a number, found " + node.path(key));
    }
    return node.path(key).asDouble();
  }

  private static @Nullable Experts experts(JsonNode json, DecoderFamily family, int inner) {
    if (!family.mixture()) {
      return null;
    }
    boolean mixtral = family == DecoderFamily.MIXTRAL;
    Set<Integer> dense = new TreeSet<>();
    json.path("mlp_only_layers").forEach(layer -> dense.add(layer.asInt()));
    return new Experts(
        required(json, mixtral ? "num_local_experts" : "num_experts"),
        json.path("num_experts_per_tok").asInt(mixtral ? 2 : family == DecoderFamily.QWEN2_MOE ? 4 : 8),
        mixtral ? inner : required(json, "moe_intermediate_size"),
        family == DecoderFamily.QWEN2_MOE ? required(json, "shared_expert_intermediate_size") : 0,
        mixtral || json.path("norm_topk_prob").asBoolean(false),
        mixtral ? 1 : json.path("decoder_sparse_step").asInt(1),
        dense,
        json.path("router_aux_loss_coef").asDouble(0.001),
        json.path("router_z_loss_coef").asDouble(0),
        json.path("moe_capacity_factor").isNumber() ? (Double) json.path("moe_capacity_factor").asDouble() : null);
  }

  private static int required(JsonNode json, String key) {
    if (!json.path(key).isInt()) {
      throw new IllegalArgumentException("config.json: " + key + " must be a whole number, found " + json.path(key));
    }
    return json.path(key).asInt();
  }

  private static List<Integer> tokens(JsonNode value) {
    List<Integer> ids = new ArrayList<>();
    if (value.isInt()) {
      ids.add(value.intValue());
    }
    value.forEach(id -> ids.add(id.asInt()));
    return ids;
  }

  static String write(DecoderConfig c) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("architectures", List.of(c.family().architecture()));
    json.put("model_type", c.family().modelType());
    json.put("hidden_act", "silu");
    json.put("vocab_size", c.vocabSize());
    json.put("hidden_size", c.hiddenSize());
    json.put("intermediate_size", c.intermediateSize());
    json.put("num_hidden_layers", c.layers());
    json.put("num_attention_heads", c.heads());
    json.put("num_key_value_heads", c.kvHeads());
    json.put("head_dim", c.headDim());
    json.put("max_position_embeddings", c.maxPositions());
    json.put("rope_theta", c.ropeTheta());
    Map<String, Object> scaling = ropeScaling(c.ropeScaling());
    if (!scaling.isEmpty()) {
      json.put("rope_scaling", scaling);
    }
    json.put("rms_norm_eps", c.rmsNormEps());
    json.put("tie_word_embeddings", c.tieEmbeddings());
    if (c.family() == DecoderFamily.LLAMA) {
      json.put("mlp_bias", false);
    }
    if (!c.family().qkvBias() && c.family() != DecoderFamily.MIXTRAL) {
      json.put("attention_bias", false);
    }
    if (c.experts() != null) {
      putExperts(json, c.family(), c.experts());
    }
    putToken(json, "bos_token_id", c.bosId());
    if (!c.eosIds().isEmpty()) {
      json.put("eos_token_id", c.eosIds().size() == 1 ? (Object) c.eosId() : c.eosIds());
    }
    putToken(json, "pad_token_id", c.padId());
    return Json.writePretty(json) + "\n";
  }

  private static Map<String, Object> ropeScaling(RopeScaling scaling) {
    Map<String, Object> json = new LinkedHashMap<>();
    switch (scaling) {
      case RopeScaling.None _ -> {
        return json;
      }
      case RopeScaling.Linear(double factor) -> type(json, "linear", factor);
      case RopeScaling.Dynamic(double factor, int trained) -> {
        type(json, "dynamic", factor);
        json.put("original_max_position_embeddings", trained);
      }
      case RopeScaling.Yarn yarn -> {
        type(json, "yarn", yarn.factor());
        json.put("original_max_position_embeddings", yarn.trained());
        json.put("beta_fast", yarn.betaFast());
        json.put("beta_slow", yarn.betaSlow());
        json.put("truncate", yarn.truncate());
        if (yarn.attention() != null) {
          json.put("attention_factor", yarn.attention());
        }
      }
      case RopeScaling.Llama3 llama -> {
        type(json, "llama3", llama.factor());
        json.put("low_freq_factor", llama.lowFrequency());
        json.put("high_freq_factor", llama.highFrequency());
        json.put("original_max_position_embeddings", llama.trained());
      }
    }
    return json;
  }

  private static void type(Map<String, Object> json, String type, double factor) {
    json.put("rope_type", type);
    json.put("factor", factor);
  }

  private static void putExperts(Map<String, Object> json, DecoderFamily family, Experts experts) {
    boolean mixtral = family == DecoderFamily.MIXTRAL;
    json.put(mixtral ? "num_local_experts" : "num_experts", experts.count());
    json.put("num_experts_per_tok", experts.perToken());
    if (!mixtral) {
      json.put("moe_intermediate_size", experts.intermediateSize());
      json.put("norm_topk_prob", experts.normalise());
      json.put("decoder_sparse_step", experts.everyth());
      json.put("mlp_only_layers", experts.dense());
    }
    if (experts.sharedIntermediateSize() > 0) {
      json.put("shared_expert_intermediate_size", experts.sharedIntermediateSize());
    }
    json.put("router_aux_loss_coef", experts.balanceWeight());
    json.put("router_z_loss_coef", experts.zWeight());
    if (experts.capacity() != null) {
      json.put("moe_capacity_factor", experts.capacity());
    }
  }

  private static void putToken(Map<String, Object> json, String key, int id) {
    if (id >= 0) {
      json.put(key, id);
    }
  }
}
