// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.WeightFormat;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The shape of a decoder, as in a Hugging Face {@code config.json} of a Llama, Qwen2 or Qwen3 model.
 *
 * @param dim width of the residual stream
 * @param hidden width within the feed-forward network
 * @param kvHeads heads of keys and values; each serves heads / kvHeads query heads
 * @param context positions for which the model was made
 * @param ropeTheta base of the rotary frequencies
 * @param tied whether the output matrix is the embedding
 * @param bos the id that begins a sequence, if there is one
 * @param stopTokens ids that end an answer
 * @param weights how the matrices are stored
 */
public record LlamaConfig(
    int dim,
    int hidden,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int vocabulary,
    int context,
    double ropeTheta,
    float normEps,
    boolean tied,
    OptionalInt bos,
    Set<Integer> stopTokens,
    WeightFormat weights) {

  /** Checks that the sizes fit together. */
  public LlamaConfig {
    if (Math.min(Math.min(Math.min(dim, hidden), Math.min(layers, heads)),
        Math.min(Math.min(kvHeads, headDim), Math.min(vocabulary, context))) < 1) {
      throw new IllegalArgumentException("sizes must be positive: hidden_size " + dim + ", intermediate_size " + hidden
          + ", num_hidden_layers " + layers + ", num_attention_heads " + heads + ", num_key_value_heads " + kvHeads
          + ", head_dim " + headDim + ", vocab_size " + vocabulary + ", max_position_embeddings " + context);
    }
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + kvHeads);
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException("head_dim " + headDim + " is odd, so it cannot be rotated in pairs");
    }
    stopTokens = Set.copyOf(stopTokens);
  }

  /** Width of all query heads. */
  public int queryDim() {
    return heads * headDim;
  }

  /** Width of all key heads. */
  public int kvDim() {
    return kvHeads * headDim;
  }

  /**
   * Reads {@code config.json} of a model folder.
   *
   * @throws IOException when it is missing or describes a model that this engine cannot run, saying why
   */
  public static LlamaConfig read(Path folder) throws IOException {
    Path file = folder.resolve("config.json");
    try {
      return of(Json.tree(Files.readAllBytes(file)));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static LlamaConfig of(JsonNode c) {
    String type = c.path("model_type").asString("llama");
    if (!Set.of("llama", "qwen2", "qwen3").contains(type)) {
      throw new IllegalArgumentException("model_type: expected llama, qwen2 or qwen3, found " + type);
    }
    String act = c.path("hidden_act").asString("silu");
    if (!act.equals("silu")) {
      throw new IllegalArgumentException("hidden_act: expected silu, found " + act);
    }
    if (c.path("use_sliding_window").asBoolean(false)) {
      throw new IllegalArgumentException("use_sliding_window: expected false, found true");
    }
    int dim = integer(c, "hidden_size");
    int heads = integer(c, "num_attention_heads");
    return new LlamaConfig(dim, integer(c, "intermediate_size"), integer(c, "num_hidden_layers"), heads,
        c.path("num_key_value_heads").asInt(heads), c.path("head_dim").asInt(heads > 0 ? dim / heads : 0),
        integer(c, "vocab_size"), integer(c, "max_position_embeddings"), ropeTheta(c),
        (float) c.path("rms_norm_eps").asDouble(1e-6), c.path("tie_word_embeddings").asBoolean(false),
        c.path("bos_token_id").isInt() ? OptionalInt.of(c.path("bos_token_id").intValue()) : OptionalInt.empty(),
        stopTokens(c.path("eos_token_id")), WeightFormat.of(c));
  }

  private static double ropeTheta(JsonNode c) {
    for (String name : new String[] {"rope_scaling", "rope_parameters"}) {
      JsonNode scaling = c.path(name);
      String kind = scaling.path("rope_type").asString(scaling.path("type").asString("default"));
      if (!kind.equals("default")) {
        throw new IllegalArgumentException(name + ": expected none or 'default', found '" + kind + "'");
      }
    }
    return c.path("rope_theta").asDouble(c.path("rope_parameters").path("rope_theta").asDouble(10_000));
  }

  private static Set<Integer> stopTokens(JsonNode eos) {
    Set<Integer> ids = new LinkedHashSet<>();
    if (eos.isInt()) {
      ids.add(eos.intValue());
    }
    eos.forEach(id -> ids.add(id.asInt()));
    return ids;
  }

  private static int integer(JsonNode c, String name) {
    if (!c.path(name).isInt()) {
      throw new IllegalArgumentException(name + ": expected an integer, found " + c.path(name));
    }
    return c.path(name).intValue();
  }
}
