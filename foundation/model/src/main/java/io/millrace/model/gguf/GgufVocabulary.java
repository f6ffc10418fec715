// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.model.decoder.DecoderConfig;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@code tokenizer.json} as the metadata keys that llama.cpp reads: byte-level BPE ("gpt2"), or BPE over characters
 * with bytes to fall back on, as Llama 2 and Mixtral have it ("llama").
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer">the keys</a>
 */
final class GgufVocabulary {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  private final JsonNode json;
  private final JsonNode model;
  private final String[] tokens;
  private final int[] types;

  private GgufVocabulary(JsonNode json, int size) {
    this.json = json;
    this.model = json.path("model");
    this.tokens = new String[size];
    this.types = new int[size];
  }

  /**
   * The keys that describe the vocabulary.
   *
   * @param json the {@code tokenizer.json}
   * @param beginsTexts whether the tokenizer puts the token that begins a text before each
   * @throws IllegalArgumentException when the tokenizer is of another kind, or does not fit the decoder
   */
  static Map<String, GgufValue> of(JsonNode json, DecoderConfig config, boolean beginsTexts) {
    return new GgufVocabulary(json, config.vocabSize()).keys(config, beginsTexts);
  }

  private Map<String, GgufValue> keys(DecoderConfig config, boolean beginsTexts) {
    if (!model.path("type").asString("").equals("BPE")) {
      throw new IllegalArgumentException(
          "tokenizer.json: model " + model.path("type") + " cannot go into GGUF here: only BPE can");
    }
    boolean fallsBack = model.path("byte_fallback").asBoolean(false);
    model.path("vocab").properties().forEach(entry -> put(entry.getValue().asInt(), entry.getKey(),
        fallsBack && entry.getKey().matches("<0x[0-9A-F]{2}>") ? BYTE : NORMAL));
    String unknown = model.path("unk_token").asString("");
    json.path("added_tokens").forEach(token -> {
      String text = token.path("content").asString();
      put(token.path("id").asInt(), text,
          text.equals(unknown) ? UNKNOWN : token.path("special").asBoolean(false) ? CONTROL : USER_DEFINED);
    });
    for (int id = 0; id < tokens.length; id++) {
      if (types[id] == 0) { // decoders often have more rows than there are tokens
        put(id, "[PAD" + id + "]", UNUSED);
      }
    }
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    keys.put("tokenizer.ggml.model", GgufValue.text(fallsBack ? "llama" : "gpt2"));
    keys.put("tokenizer.ggml.pre", GgufValue.text(fallsBack ? "default" : byteLevelName()));
    keys.put("tokenizer.ggml.tokens", GgufValue.texts(List.of(tokens)));
    keys.put("tokenizer.ggml.token_type", GgufValue.wholes(types));
    if (fallsBack) {
      keys.put("tokenizer.ggml.scores", GgufValue.reals(scores()));
      keys.put("tokenizer.ggml.add_space_prefix", GgufValue.flag(prefixesSpace()));
    } else {
      keys.put("tokenizer.ggml.merges", GgufValue.texts(merges().stream().map(pair -> pair[0] + " " + pair[1]).toList()));
    }
    special(keys, config);
    keys.put("tokenizer.ggml.add_bos_token", GgufValue.flag(beginsTexts));
    return keys;
  }

  private void put(int id, String text, int type) {
    if (id < 0 || id >= tokens.length) {
      throw new IllegalArgumentException("tokenizer.json: token '" + text + "' has the id " + id
          + ", but config.json's vocab_size is " + tokens.length);
    }
    tokens[id] = text;
    types[id] = type;
  }

  private String byteLevelName() {
    String normalizer = json.path("normalizer").path("type").asString("none");
    if (!normalizer.equals("none") && !normalizer.equals("NFC")) {
      throw new IllegalArgumentException("tokenizer.json: normalizer " + json.path("normalizer")
          + " cannot go into GGUF: byte-level tokenizers have none there");
    }
    return GgufPreTokenizer.name(json.path("pre_tokenizer"));
  }

  /** Older files write a merge as one text, newer ones as a pair. */
  private List<String[]> merges() {
    List<String[]> merges = new ArrayList<>();
    for (JsonNode merge : model.path("merges")) {
      merges.add(merge.isArray() ? new String[] {merge.get(0).asString(), merge.get(1).asString()}
          : merge.asString().split(" ", 2));
    }
    return merges;
  }

  /** The reader joins the pair whose result has the highest score: the one of the earliest merge. */
  private double[] scores() {
    Map<String, Integer> rank = new LinkedHashMap<>();
    List<String[]> merges = merges();
    for (int i = 0; i < merges.size(); i++) {
      rank.putIfAbsent(merges.get(i)[0] + merges.get(i)[1], i);
    }
    double[] scores = new double[tokens.length];
    for (int id = 0; id < scores.length; id++) {
      Integer at = rank.get(tokens[id]);
      scores[id] = types[id] != NORMAL ? 0 : at == null ? -merges.size() - 1.0 : -at;
    }
    return scores;
  }

  private boolean prefixesSpace() {
    String scheme = json.path("pre_tokenizer").path("prepend_scheme").asString("never");
    boolean prepends = json.path("normalizer").path("type").asString("").equals("Prepend");
    for (JsonNode step : json.path("normalizer").path("normalizers")) {
      prepends |= step.path("type").asString("").equals("Prepend");
    }
    return prepends || !scheme.equals("never");
  }

  private void special(Map<String, GgufValue> keys, DecoderConfig config) {
    if (config.eosIds().isEmpty()) {
      throw new IllegalArgumentException(
          "config.json: eos_token_id is missing: without it, readers of GGUF take some ordinary token for the end");
    }
    List<Integer> ends = config.eosIds();
    // Readers fall back to ordinary tokens for whatever is not said, so the first token is always said.
    keys.put("tokenizer.ggml.bos_token_id", id("bos_token_id", config.bosId() < 0 ? ends.getFirst() : config.bosId()));
    keys.put("tokenizer.ggml.eos_token_id", id("eos_token_id", ends.getFirst()));
    if (ends.size() > 1) {
      keys.put("tokenizer.ggml.eot_token_id", id("eos_token_id", ends.get(1)));
    }
    if (config.padId() >= 0) {
      keys.put("tokenizer.ggml.padding_token_id", id("pad_token_id", config.padId()));
    }
    for (int id = 0; id < types.length; id++) {
      if (types[id] == UNKNOWN) {
        keys.put("tokenizer.ggml.unknown_token_id", GgufValue.count(id));
      }
    }
  }

  private GgufValue id(String key, int id) {
    if (id < 0 || id >= tokens.length) {
      throw new IllegalArgumentException(
          "config.json: " + key + " " + id + " is not within vocab_size " + tokens.length);
    }
    return GgufValue.count(id);
  }
}
