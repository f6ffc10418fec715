// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.adapter.Lora;
import io.millrace.train.adapter.Quantisation;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Which decoder a stage begins with, and what of it learns. */
final class DecoderOptions {
  private static final int USUAL_LENGTH = 512;

  @Option(names = "--base", paramLabel = "DIR", required = true, order = 4,
      description = "Hugging Face folder of the decoder to begin with: config.json, *.safetensors, tokenizer.json.")
  Path base = Path.of("");

  @Option(names = "--lora", paramLabel = "RANK", order = 5,
      description = "Train only an adapter of this rank; it is written merged, and by itself in 'adapter'. Usual: 8 to 64.")
  @Nullable Integer lora;

  @Option(names = "--qlora", paramLabel = "RANK", order = 6,
      description = "As --lora, while the decoder is kept in 4 bits (NF4).")
  @Nullable Integer qlora;

  @Option(names = "--lora-alpha", paramLabel = "N", order = 7,
      description = "Scale of the adapter times its rank; without it twice the rank.")
  @Nullable Double alpha;

  @Option(names = "--lora-targets", paramLabel = "NAME", split = ",", order = 8,
      description = "Matrices that get an adapter, such as q_proj,v_proj; without it all of the blocks.")
  List<String> targets = List.of();

  @Option(names = "--sequence-length", paramLabel = "TOKENS", order = 9,
      description = "Longest example; longer ones are left out and counted. Without it " + USUAL_LENGTH + ", or the decoder's context.")
  @Nullable Integer sequenceLength;

  Adaptation adaptation() {
    if (lora != null && qlora != null) {
      throw new IllegalArgumentException("--lora " + lora + " and --qlora " + qlora + ": give one of the two");
    }
    Integer rank = lora != null ? lora : qlora;
    if (rank == null) {
      return Adaptation.WHOLE;
    }
    return new Adaptation.LowRank(
        new Lora(rank, alpha == null ? 2.0 * rank : alpha, false, targets.isEmpty() ? Lora.ALL_LINEAR : targets),
        qlora != null ? Quantisation.NF4 : Quantisation.NONE);
  }

  /** The shape of the decoder; refuses a folder that is none before anything is read. */
  DecoderConfig config() throws IOException {
    Path file = base.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no " + file + ": give a Hugging Face folder with --base, such as the output of"
          + " 'millrace train pretrain'");
    }
    return DecoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(file)));
  }

  int sequenceLength(DecoderConfig config) {
    return sequenceLength == null ? Math.min(USUAL_LENGTH, config.maxPositions()) : sequenceLength;
  }

  /** The decoder's tokenizer; refuses one that has other tokens than the decoder. */
  Tokenizer tokenizer(DecoderConfig config) throws IOException {
    Path file = base.resolve(Tokenizer.FILE);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no " + file + ": a decoder's folder needs its tokenizer");
    }
    Tokenizer tokenizer = Tokenizer.load(file);
    if (tokenizer.size() > config.vocabSize()) {
      int size = tokenizer.size();
      tokenizer.close();
      throw new IllegalArgumentException("%s has %d tokens, but the decoder of %s embeds %d: they do not belong together"
          .formatted(file, size, base, config.vocabSize()));
    }
    return tokenizer;
  }

  /** How dialogues are written: by the template of the decoder's folder, or as ChatML where it has none. */
  ChatTemplate template(Tokenizer tokenizer) throws IOException {
    return ChatTemplate.of(base, tokenizer);
  }
}
