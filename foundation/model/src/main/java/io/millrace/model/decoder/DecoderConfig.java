// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of a Llama decoder, as in Hugging Face's {@code config.json} of LlamaForCausalLM.
 *
 * @param vocabSize tokens
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width inside the SwiGLU block
 * @param layers blocks
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads} (Ainslie et al. 2023, GQA)
 * @param headDim width of a head, even
 * @param maxPositions longest sequence
 * @param ropeTheta base of the rotary frequencies (Su et al. 2021)
 * @param rmsNormEps added to the mean square before the root
 * @param tieEmbeddings whether the output layer is the embedding matrix
 * @param bosId token that begins a text, -1 if none
 * @param eosId token that ends a text, -1 if none
 * @param padId token that fills a batch, -1 if none
 */
public record DecoderConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int maxPositions,
    double ropeTheta,
    double rmsNormEps,
    boolean tieEmbeddings,
    int bosId,
    int eosId,
    int padId) {

  /** Checks that the sizes are positive and fit together. */
  public DecoderConfig {
    positive("vocab_size", vocabSize);
    positive("hidden_size", hiddenSize);
    positive("intermediate_size", intermediateSize);
    positive("num_hidden_layers", layers);
    positive("num_attention_heads", heads);
    positive("num_key_value_heads", kvHeads);
    positive("head_dim", headDim);
    positive("max_position_embeddings", maxPositions);
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + kvHeads);
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException("head_dim " + headDim + " is odd: rotary embeddings need pairs");
    }
    if (!(ropeTheta > 0) || !(rmsNormEps >= 0)) {
      throw new IllegalArgumentException(
          "rope_theta " + ropeTheta + " must be positive and rms_norm_eps " + rmsNormEps + " not negative");
    }
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " " + value + ": must be at least 1");
    }
  }

  /** About ten million parameters: width 320, 6 layers, 5 query heads over 1 key-value head, tied embeddings. */
  public static DecoderConfig small(int vocabSize, int bosId, int eosId, int padId) {
    return new DecoderConfig(
        vocabSize, 320, 896, 6, 5, 1, 64, 1024, 10_000, 1e-5, true, bosId, eosId, padId);
  }

  /**
   * Reads {@code config.json}.
   *
   * @throws IllegalArgumentException naming the key, when the model is no Llama or has a part that is not built here
   */
  public static DecoderConfig ofHuggingFace(JsonNode json) {
    String type = json.path("model_type").asString("");
    if (!type.equals("llama")) {
      throw new IllegalArgumentException("config.json: model_type '" + type + "': only llama is read");
    }
    String activation = json.path("hidden_act").asString("silu");
    if (!activation.equals("silu")) {
      throw new IllegalArgumentException("config.json: hidden_act '" + activation + "': only silu is computed");
    }
    for (String key : List.of("attention_bias", "mlp_bias")) {
      if (json.path(key).asBoolean(false)) {
        throw new IllegalArgumentException("config.json: " + key + " true: biases are not computed");
      }
    }
    JsonNode rope = json.path("rope_parameters").isObject() ? json.path("rope_parameters") : json.path("rope_scaling");
    String scaling = rope.path("rope_type").asString(rope.path("type").asString("default"));
    if (!scaling.equals("default")) {
      throw new IllegalArgumentException("config.json: rope_type '" + scaling + "': only unscaled positions are computed");
    }
    int heads = required(json, "num_attention_heads");
    int hidden = required(json, "hidden_size");
    return new DecoderConfig(
        required(json, "vocab_size"),
        hidden,
        required(json, "intermediate_size"),
        required(json, "num_hidden_layers"),
        heads,
        json.path("num_key_value_heads").asInt(heads),
        json.path("head_dim").asInt(Math.max(1, hidden / Math.max(1, heads))),
        json.path("max_position_embeddings").asInt(2048),
        rope.path("rope_theta").asDouble(json.path("rope_theta").asDouble(10_000)),
        json.path("rms_norm_eps").asDouble(1e-6),
        json.path("tie_word_embeddings").asBoolean(false),
        token(json, "bos_token_id"),
        token(json, "eos_token_id"),
        token(json, "pad_token_id"));
  }

  private static int required(JsonNode json, String key) {
    if (!json.path(key).isInt()) {
      throw new IllegalArgumentException("config.json: " + key + " must be a whole number, found " + json.path(key));
    }
    return json.path(key).asInt();
  }

  /** Some models list several ends of text; the first is the one that training data end with. */
  private static int token(JsonNode json, String key) {
    JsonNode value = json.path(key);
    return value.isArray() ? value.path(0).asInt(-1) : value.asInt(-1);
  }

  /** The text of {@code config.json} that describes this shape. */
  public String toHuggingFace() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("architectures", List.of("LlamaForCausalLM"));
    json.put("model_type", "llama");
    json.put("hidden_act", "silu");
    json.put("vocab_size", vocabSize);
    json.put("hidden_size", hiddenSize);
    json.put("intermediate_size", intermediateSize);
    json.put("num_hidden_layers", layers);
    json.put("num_attention_heads", heads);
    json.put("num_key_value_heads", kvHeads);
    json.put("head_dim", headDim);
    json.put("max_position_embeddings", maxPositions);
    json.put("rope_theta", ropeTheta);
    json.put("rms_norm_eps", rmsNormEps);
    json.put("tie_word_embeddings", tieEmbeddings);
    json.put("attention_bias", false);
    json.put("mlp_bias", false);
    putToken(json, "bos_token_id", bosId);
    putToken(json, "eos_token_id", eosId);
    putToken(json, "pad_token_id", padId);
    return Json.writePretty(json) + "\n";
  }

  private static void putToken(Map<String, Object> json, String key, int id) {
    if (id >= 0) {
      json.put(key, id);
    }
  }

  /** Parameters of a decoder of this shape. */
  public long parameters() {
    long attention = (long) hiddenSize * headDim * (2L * heads + 2L * kvHeads);
    long block = attention + 3L * hiddenSize * intermediateSize + 2L * hiddenSize;
    long embeddings = (long) vocabSize * hiddenSize;
    return layers * block + (tieEmbeddings ? 1 : 2) * embeddings + hiddenSize;
  }
}
