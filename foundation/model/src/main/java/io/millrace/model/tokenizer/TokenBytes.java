// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes that each token writes, after the {@code decoder} of a {@code tokenizer.json}: byte-level stand-ins (GPT-2,
 * Llama 3, Qwen), or characters with a mark for blanks and {@code <0x00>} to {@code <0xFF>} for bytes (SentencePiece:
 * Llama 2, Gemma).
 */
final class TokenBytes {
  private static final byte[] NONE = {};

  private final byte[][] bytes;
  private final String unknownDecoder;

  private TokenBytes(byte[][] bytes, String unknownDecoder) {
    this.bytes = bytes;
    this.unknownDecoder = unknownDecoder;
  }

  /**
   * Reads a {@code tokenizer.json}.
   *
   * @param size number of ids
   */
  static TokenBytes of(JsonNode json, int size) {
    byte[][] bytes = new byte[size][];
    Arrays.fill(bytes, NONE);
    List<JsonNode> steps = new ArrayList<>();
    steps(json.path("decoder"), steps);
    boolean byteLevel = false;
    boolean fallback = false;
    Map<String, String> replaced = new LinkedHashMap<>();
    String unknown = steps.isEmpty() ? "none" : "";
    for (JsonNode step : steps) {
      String type = step.path("type").asString("");
      switch (type) {
        case "ByteLevel" -> byteLevel = true;
        case "ByteFallback" -> fallback = true;
        case "Replace" -> replaced.put(step.path("pattern").path("String").asString(""),
            step.path("content").asString(""));
        case "Metaspace" -> replaced.put(step.path("replacement").asString("\u2581"), " ");
        // Strip takes blanks off the beginning of a whole text, no token's own; Fuse joins what is joined here anyway.
        case "Fuse", "Strip" -> { }
        default -> unknown = type;
      }
    }
    if (unknown.isEmpty()) {
      for (Map.Entry<String, JsonNode> token : json.path("model").path("vocab").properties()) {
        int id = token.getValue().asInt(-1);
        if (id >= 0 && id < size) {
          bytes[id] = byteLevel ? ByteAlphabet.read(token.getKey()) : plain(token.getKey(), fallback, replaced);
        }
      }
      for (JsonNode token : json.path("added_tokens")) {
        bytes[token.path("id").asInt()] = token.path("special").asBoolean(false) ? NONE
            : token.path("content").asString().getBytes(StandardCharsets.UTF_8);
      }
    }
    return new TokenBytes(bytes, unknown);
  }

  private static void steps(@Nullable JsonNode decoder, List<JsonNode> out) {
    if (decoder == null || decoder.isNull() || decoder.isMissingNode()) {
      return;
    }
    if (decoder.path("type").asString("").equals("Sequence")) {
      decoder.path("decoders").forEach(step -> steps(step, out));
    } else {
      out.add(decoder);
    }
  }

  private static byte[] plain(String token, boolean fallback, Map<String, String> replaced) {
    if (fallback && token.length() == 6 && token.startsWith("<0x") && token.endsWith(">")) {
      try {
        return new byte[] {(byte) Integer.parseInt(token, 3, 5, 16)};
      } catch (NumberFormatException e) {
        // An ordinary token that only looks like a byte.
      }
    }
    String text = token;
    for (Map.Entry<String, String> replacement : replaced.entrySet()) {
      text = text.replace(replacement.getKey(), replacement.getValue());
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * What a token writes; nothing for special ones.
   *
   * @throws IllegalArgumentException when the tokenizer has a decoder that puts texts together in another way
   */
  byte[] get(int id) {
    if (!unknownDecoder.isEmpty()) {
      throw new IllegalArgumentException("the tokenizer's decoder '" + unknownDecoder
          + "' does not write its tokens one after the other: their bytes are not known");
    }
    return bytes[id].clone();
  }
}
