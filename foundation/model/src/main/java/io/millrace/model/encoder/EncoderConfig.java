// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The shape of a BERT encoder, as in Hugging Face's {@code config.json} of BertModel.
 *
 * @param vocabSize tokens
 * @param hiddenSize width; a multiple of {@code heads}
 * @param intermediateSize width inside the feed-forward block
 * @param layers blocks
 * @param heads of attention
 * @param maxPositions longest sequence
 * @param typeVocabSize segments, usually 2
 * @param layerNormEps added to the variance before the root
 * @param padId token that fills a batch
 */
public record EncoderConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int maxPositions,
    int typeVocabSize,
    double layerNormEps,
    int padId) {

  /** Checks that the sizes are positive and fit together. */
  public EncoderConfig {
    int[] sizes = {vocabSize, hiddenSize, intermediateSize, layers, heads, maxPositions, typeVocabSize};
    for (int size : sizes) {
      if (size < 1) {
        throw new IllegalArgumentException("encoder with a size of " + size + ": all sizes must be at least 1");
      }
    }
    if (hiddenSize % heads != 0) {
      throw new IllegalArgumentException(
          "hidden_size " + hiddenSize + " is not a multiple of num_attention_heads " + heads);
    }
  }

  /** Width of a head. */
  public int headDim() {
    return hiddenSize / heads;
  }

  /**
   * Reads {@code config.json}.
   *
   * @throws IllegalArgumentException naming the key, when the model is no BERT or has a part that is not built here
   */
  public static EncoderConfig ofHuggingFace(JsonNode json) {
    expect(json, "model_type", "bert");
    expect(json, "hidden_act", "gelu");
    expect(json, "position_embedding_type", "absolute");
    return new EncoderConfig(
        required(json, "vocab_size"),
        required(json, "hidden_size"),
        required(json, "intermediate_size"),
        required(json, "num_hidden_layers"),
        required(json, "num_attention_heads"),
        required(json, "max_position_embeddings"),
        json.path("type_vocab_size").asInt(2),
        json.path("layer_norm_eps").asDouble(1e-12),
        json.path("pad_token_id").asInt(0));
  }

  private static void expect(JsonNode json, String key, String value) {
    String found = json.path(key).asString(value);
    if (!found.equals(value)) {
      throw new IllegalArgumentException("config.json: " + key + " '" + found + "': only " + value + " is computed");
    }
  }

  private static int required(JsonNode json, String key) {
    if (!json.path(key).isInt()) {
      throw new IllegalArgumentException("config.json: " + key + " must be a whole number, found " + json.path(key));
    }
    return json.path(key).asInt();
  }

  /**
   * The text of {@code config.json} that describes this shape.
   *
   * @param architecture the class that reads the folder, such as BertModel or BertForQuestionAnswering
   */
  public String toHuggingFace(String architecture) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("architectures", List.of(architecture));
    json.put("model_type", "bert");
    json.put("hidden_act", "gelu");
    json.put("position_embedding_type", "absolute");
    json.put("vocab_size", vocabSize);
    json.put("hidden_size", hiddenSize);
    json.put("intermediate_size", intermediateSize);
    json.put("num_hidden_layers", layers);
    json.put("num_attention_heads", heads);
    json.put("max_position_embeddings", maxPositions);
    json.put("type_vocab_size", typeVocabSize);
    json.put("layer_norm_eps", layerNormEps);
    json.put("pad_token_id", padId);
    return Json.writePretty(json) + "\n";
  }
}
