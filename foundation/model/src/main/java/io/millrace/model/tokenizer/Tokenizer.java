// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Text to token ids and back, after any Hugging Face {@code tokenizer.json}; safe for use by several threads.
 *
 * <p>{@link #encode} takes text as data: {@code <|im_end|>} typed by a user becomes ordinary characters, so that no
 * text can forge the structure of a prompt. Structure is added as ids, see {@link ChatTemplate}.
 */
public final class Tokenizer implements AutoCloseable {
  /** The usual name of the file in a model folder. */
  public static final String FILE = "tokenizer.json";

  private static final Map<String, String> OPTIONS = Map.of("addSpecialTokens", "false", "truncation", "false",
      "padding", "false", "modelMaxLength", String.valueOf(Integer.MAX_VALUE));

  static {
    TokenizerLibrary.prepare();
  }

  private final HuggingFaceTokenizer all;
  private final HuggingFaceTokenizer plain;
  private final Map<String, Integer> special;
  private final Set<String> tags;
  private final int size;
  private final TokenBytes bytes;

  private Tokenizer(HuggingFaceTokenizer all, HuggingFaceTokenizer plain, JsonNode json) {
    this.all = all;
    this.plain = plain;
    special = special(json);
    tags = tags(json);
    size = size(json);
    bytes = TokenBytes.of(json, size);
  }

  /**
   * Loads {@code tokenizer.json}, given itself or by its folder.
   *
   * @throws IOException when the file is missing or not a tokenizer, naming it
   */
  public static Tokenizer load(Path fileOrFolder) throws IOException {
    Path file = Files.isDirectory(fileOrFolder) ? fileOrFolder.resolve(FILE) : fileOrFolder;
    byte[] bytes = Files.readAllBytes(file);
    HuggingFaceTokenizer all = null;
    try {
      JsonNode json = Json.tree(bytes);
      all = newInstance(bytes);
      return new Tokenizer(all, newInstance(Json.bytes(withoutSpecial(json))), json);
    } catch (RuntimeException e) { // the native library throws these for whatever it does not like
      if (all != null) {
        all.close();
      }
      throw new IOException(file + ": not a tokenizer.json that can be read: " + e.getMessage(), e);
    }
  }

  private static HuggingFaceTokenizer newInstance(byte[] json) throws IOException {
    return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
  }

  private static JsonNode withoutSpecial(JsonNode json) {
    ObjectNode copy = (ObjectNode) json.deepCopy();
    ArrayNode kept = Json.mapper().createArrayNode();
    for (JsonNode token : json.path("added_tokens")) {
      if (!token.path("special").asBoolean(false)) {
        kept.add(token);
      }
    }
    copy.set("added_tokens", kept);
    copy.putNull("post_processor"); // it may name the special tokens
    return copy;
  }

  private static Map<String, Integer> special(JsonNode json) {
    Map<String, Integer> special = new LinkedHashMap<>();
    for (JsonNode token : json.path("added_tokens")) {
      if (token.path("special").asBoolean(false)) {
        special.put(token.path("content").asString(), token.path("id").asInt());
      }
    }
    return Collections.unmodifiableMap(special);
  }

  /** {@code <tool_call>}, {@code </think>} and their like. */
  private static Set<String> tags(JsonNode json) {
    Set<String> tags = new LinkedHashSet<>();
    for (JsonNode token : json.path("added_tokens")) {
      String text = token.path("content").asString();
      if (!token.path("special").asBoolean(false) && text.matches("</?[\\w|-]+>|\\[/?[A-Z_]+]")) {
        tags.add(text);
      }
    }
    return Collections.unmodifiableSet(tags);
  }

  static int size(JsonNode json) {
    int largest = -1;
    for (JsonNode id : json.path("model").path("vocab")) {
      largest = Math.max(largest, id.asInt(-1));
    }
    for (JsonNode token : json.path("added_tokens")) {
      largest = Math.max(largest, token.path("id").asInt(-1));
    }
    return largest + 1;
  }

  /** One more than the largest id. */
  public int size() {
    return size;
  }

  /** The ids of a text; what looks like a special token in it is taken as ordinary characters. */
  public int[] encode(String text) {
    return encode(plain, text);
  }

  /** The ids of a text that we wrote ourselves, in which special tokens mean themselves. */
  public int[] encodeWithSpecialTokens(String text) {
    return encode(all, text);
  }

  private static int[] encode(HuggingFaceTokenizer tokenizer, String text) {
    long[] ids = tokenizer.encode(wellFormed(text), false, false).getIds();
    int[] out = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      out[i] = (int) ids[i];
    }
    return out;
  }

  /** Half a surrogate pair has no UTF-8, and the native library would not survive it. */
  private static String wellFormed(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text) ? text
        : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /** The text of ids, special tokens left out; incomplete UTF-8 becomes U+FFFD. */
  public String decode(int... ids) {
    return decode(ids, true);
  }

  /** The text of ids, special tokens included. */
  public String decodeWithSpecialTokens(int... ids) {
    return decode(ids, false);
  }

  private String decode(int[] ids, boolean skipSpecial) {
    long[] wide = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0) {
        throw new IllegalArgumentException("token id " + ids[i] + " is negative");
      }
      wide[i] = ids[i];
    }
    return all.decode(wide, skipSpecial);
  }

  /**
   * The bytes that a token adds to a text; none for special tokens. They need not be whole characters.
   *
   * @throws IllegalArgumentException when the tokenizer does not write its tokens one after the other
   */
  public byte[] bytes(int id) {
    return bytes.get(id);
  }

  /** A decoder for ids that arrive one by one. */
  public StreamDecoder stream() {
    return new StreamDecoder(this);
  }

  /** The id of a special token, if this tokenizer has it. */
  public OptionalInt find(String specialToken) {
    Integer id = special.get(specialToken);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The id of one of our special tokens; fails when this tokenizer lacks it. */
  public int id(SpecialToken token) {
    return find(token.text()).orElseThrow(
        () -> new IllegalArgumentException("the tokenizer has no special token " + token.text()));
  }

  /** Whether the id is a special token's. */
  public boolean isSpecial(int id) {
    return special.containsValue(id);
  }

  /** The special tokens and their ids. */
  public Map<String, Integer> specialTokens() {
    return special;
  }

  /** Tokens that were added to the vocabulary and look like tags, but are not called special. */
  public Set<String> tags() {
    return tags;
  }

  @Override
  public void close() {
    all.close();
    plain.close();
  }
}
