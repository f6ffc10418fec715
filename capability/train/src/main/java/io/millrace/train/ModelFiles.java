// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** What lies in a model's folder beside its weights, and goes with it when it is trained further. */
final class ModelFiles {
  private static final List<String> COMPANIONS = List.of(
      "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json",
      "chat_template.jinja", "vocab.txt");

  private ModelFiles() {}

  /** What a pretrained decoder gets: a tokenizer, if one is given, and what its base has beside that, if it has one. */
  static void complete(Path model, @Nullable Path tokenizer, @Nullable Path base) throws IOException {
    if (tokenizer != null) {
      Files.copy(tokenizer, model.resolve(Tokenizer.FILE), StandardCopyOption.REPLACE_EXISTING);
    }
    if (base != null) {
      copyCompanions(base, model);
    }
  }

  /** Copies tokenizer and templates, as far as they are there and are not in the target already. */
  static void copyCompanions(Path from, Path to) throws IOException {
    for (String name : COMPANIONS) {
      Path file = from.resolve(name);
      if (Files.isRegularFile(file) && !Files.exists(to.resolve(name))) {
        Files.copy(file, to.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
