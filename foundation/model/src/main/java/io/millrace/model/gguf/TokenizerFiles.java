// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.TemplateFile;
import io.millrace.model.tokenizer.Tokenizer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a model folder says about its tokenizer: {@code tokenizer.json}, {@code tokenizer_config.json} and its chat
 * template.
 *
 * @param tokenizer the first
 * @param config the second, or a missing node
 * @param template the text of the last, if it is there
 */
record TokenizerFiles(JsonNode tokenizer, JsonNode config, Optional<String> template) {
  /** The form in which {@link io.millrace.model.tokenizer.ChatTemplate} writes dialogues of folders that have none. */
  private static final String CHAT_ML = """
      {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}\
      {% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}""";

  /** Reads the files as far as they are there; the first must be. */
  static TokenizerFiles read(Path folder) throws IOException {
    Path config = folder.resolve("tokenizer_config.json");
    return new TokenizerFiles(Json.tree(Files.readAllBytes(folder.resolve(Tokenizer.FILE))),
        Files.exists(config) ? Json.tree(Files.readAllBytes(config)) : MissingNode.getInstance(),
        TemplateFile.find(folder).map(TemplateFile::text));
  }

  /** The template of dialogues: the folder's own, or ChatML where the tokens for it are there. */
  Optional<String> chatTemplate() {
    if (template.isPresent()) {
      return template;
    }
    Set<String> added = new HashSet<>();
    tokenizer.path("added_tokens").forEach(token -> added.add(token.path("content").asString("")));
    return added.contains(SpecialToken.TURN_START.text()) && added.contains(SpecialToken.TURN_END.text())
        ? Optional.of(CHAT_ML) : Optional.empty();
  }

  /** Whether the tokenizer puts the decoder's first token before each text. */
  boolean beginsTexts(DecoderConfig decoder) {
    if (config.path("add_bos_token").isBoolean()) {
      return config.path("add_bos_token").asBoolean();
    }
    JsonNode first = tokenizer.path("post_processor").path("single").path(0).path("SpecialToken").path("id");
    for (JsonNode token : tokenizer.path("added_tokens")) {
      if (token.path("id").asInt(-1) == decoder.bosId() && token.path("content").asString("").equals(first.asString(""))) {
        return true;
      }
    }
    return false;
  }
}
