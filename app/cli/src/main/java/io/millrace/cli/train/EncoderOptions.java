// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.core.document.Language;
import io.millrace.train.EncoderBase;
import picocli.CommandLine.Option;

import java.nio.file.Files;
import java.nio.file.Path;

/** Which encoder a stage begins with, and what of it learns. */
final class EncoderOptions {
  @Option(names = "--base", paramLabel = "DIR|en|zh", order = 4,
      description = "Hugging Face folder of a BertModel, or the bge-small encoder of a language, which comes along (${DEFAULT-VALUE}).")
  String base = "en";

  @Option(names = "--last-layers", paramLabel = "N", order = 5,
      description = "Train only so many of the last layers; 0 for the whole encoder (${DEFAULT-VALUE}).")
  int lastLayers = 0;

  @Option(names = "--max-length", paramLabel = "TOKENS", order = 9,
      description = "Tokens, beyond which texts are cut (${DEFAULT-VALUE}).")
  int maxLength = 128;

  EncoderBase encoder() {
    Path folder = Path.of(base);
    if (Files.isDirectory(folder)) {
      return new EncoderBase.Folder(folder);
    }
    if (base.equals("en") || base.equals("zh")) {
      return new EncoderBase.Pretrained(comingAlong());
    }
    throw new IllegalArgumentException("--base " + base + " is no folder: give one, or en or zh for the encoders that come along");
  }

  /** The language of an encoder that comes along. */
  Language comingAlong() {
    if (base.equals("en") || base.equals("zh")) {
      return Language.ofCode(base);
    }
    throw new IllegalArgumentException("--base " + base + " is none of the encoders that come along, as --small needs: give en or zh");
  }

  /** The folder, for the lineage; the encoders that come along have none. */
  @org.jspecify.annotations.Nullable Path folder() {
    return Files.isDirectory(Path.of(base)) ? Path.of(base) : null;
  }
}
