// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderFolder;
import io.millrace.model.encoder.PretrainedEncoder;
import io.millrace.model.encoder.SmallEncoder;
import io.millrace.model.tokenizer.EncoderTokens;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the encoder comes from that a stage begins with. */
public sealed interface EncoderBase {
  /** The encoder's weights, in F32; the caller closes it. */
  Encoder load() throws IOException;

  /** The text of its {@code tokenizer.json}. */
  byte[] tokenizer() throws IOException;

  /** A name for people. */
  String name();

  /** The bge-small encoder of a language, from its Maven jar. */
  record Pretrained(Language language) implements EncoderBase {
    @Override
    public Encoder load() throws IOException {
      return PretrainedEncoder.load(language);
    }

    @Override
    public byte[] tokenizer() throws IOException {
      return PretrainedEncoder.tokenizer(language);
    }

    @Override
    public String name() {
      return PretrainedEncoder.name(language);
    }
  }

  /**
   * A new encoder that begins with the words of a language's bge-small, see {@link SmallEncoder}.
   *
   * @param language whose
   * @param layers blocks
   * @param hidden width
   * @param intermediate width inside the feed-forward block
   * @param heads of attention
   * @param positions longest sequence
   * @param types of tokens
   */
  record Small(Language language, int layers, int hidden, int intermediate, int heads, int positions, int types)
      implements EncoderBase {
    private static final long SEED = 1;

    @Override
    public Encoder load() throws IOException {
      try (Encoder large = PretrainedEncoder.load(language)) {
        return SmallEncoder.of(large, layers, hidden, intermediate, heads, positions, types, SEED);
      }
    }

    @Override
    public byte[] tokenizer() throws IOException {
      return PretrainedEncoder.tokenizer(language);
    }

    @Override
    public String name() {
      return "%d layers of %d with the words of %s".formatted(layers, hidden, PretrainedEncoder.name(language));
    }
  }

  /** A Hugging Face folder of a BertModel with its {@code tokenizer.json}. */
  record Folder(Path path) implements EncoderBase {
    @Override
    public Encoder load() throws IOException {
      return EncoderFolder.load(path);
    }

    @Override
    public byte[] tokenizer() throws IOException {
      Path file = path.resolve(EncoderTokens.FILE);
      if (!Files.isRegularFile(file)) {
        throw new IllegalArgumentException(
            "no " + file + ": an encoder's folder needs its tokenizer, as transformers' save_pretrained writes it");
      }
      return Files.readAllBytes(file);
    }

    @Override
    public String name() {
      return String.valueOf(path.toAbsolutePath().normalize().getFileName());
    }
  }
}
