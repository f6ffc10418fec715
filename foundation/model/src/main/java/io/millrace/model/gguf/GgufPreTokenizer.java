// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The name under which llama.cpp knows how a byte-level tokenizer cuts text before it merges.
 *
 * <p>The expression itself has no place in a GGUF file, so one that has no name there is refused: the reader would
 * silently cut otherwise.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp">the names and expressions</a>
 */
final class GgufPreTokenizer {
  private static final String LETTERS_AND_REST = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String CONTRACTIONS_AND_WORDS =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";

  /** Steps of a pre-tokenizer, as {@link #steps} writes them, to the name. */
  private static final Map<List<String>, String> NAMES = Map.of(
      List.of("gpt2"), "gpt-2",
      List.of("digits", "gpt2"), "smollm",
      List.of("split " + CONTRACTIONS_AND_WORDS + "\\p{N}{1,3}|" + LETTERS_AND_REST, "bytes"), "llama-bpe",
      List.of("split " + CONTRACTIONS_AND_WORDS + "\\p{N}|" + LETTERS_AND_REST, "bytes"), "qwen2");

  private GgufPreTokenizer() {}

  /**
   * The name.
   *
   * @param json the {@code pre_tokenizer} of a {@code tokenizer.json}
   * @throws IllegalArgumentException quoting it, when llama.cpp has no name for it
   */
  static String name(JsonNode json) {
    List<String> steps = new ArrayList<>();
    if (json.path("type").asString("").equals("Sequence")) {
      json.path("pretokenizers").forEach(step -> steps.add(step(step)));
    } else {
      steps.add(step(json));
    }
    String name = NAMES.get(steps);
    if (name == null) {
      throw new IllegalArgumentException("tokenizer.json: pre_tokenizer " + json
          + " cannot go into GGUF: only those of " + NAMES.values() + " have a name there");
    }
    return name;
  }

  private static String step(JsonNode json) {
    return switch (json.path("type").asString("")) {
      case "ByteLevel" -> json.path("add_prefix_space").asBoolean(true) ? "prefix space"
          : json.path("use_regex").asBoolean(true) ? "gpt2" : "bytes";
      case "Digits" -> json.path("individual_digits").asBoolean(false) ? "digits" : "runs of digits";
      case "Split" -> json.path("behavior").asString("").equals("Isolated") && !json.path("invert").asBoolean(false)
          ? "split " + json.path("pattern").path("Regex").asString("") : "other split";
      default -> json.toString();
    };
  }
}
