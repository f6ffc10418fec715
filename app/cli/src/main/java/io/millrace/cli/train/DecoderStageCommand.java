// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.ChatExamples;
import io.millrace.train.RunControl;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A stage that trains a decoder of a folder on what people said. */
abstract class DecoderStageCommand extends StageCommand {
  /** A checkpoint holds master, mean and square of each number, and the result another copy, all in F32. */
  private static final int BYTES_A_PARAMETER = 16;

  @Mixin final DataOptions data = new DataOptions();
  @Mixin final DecoderOptions decoder = new DecoderOptions();

  DecoderStageCommand(RunOptions run) {
    super(run);
  }

  /** Trains on examples that are written as the decoder's chat template has it. */
  abstract StageResult train(RunControl control, ChatExamples chat, int sequenceLength) throws IOException;

  @Override
  final Path base() {
    return decoder.base;
  }

  @Override
  final long bytesNeeded() throws IOException {
    return decoder.config().parameters() * BYTES_A_PARAMETER;
  }

  @Override
  final StageResult train(RunControl control) throws IOException {
    DecoderConfig config = decoder.config();
    try (Tokenizer tokenizer = decoder.tokenizer(config)) {
      ChatTemplate template = decoder.template(tokenizer);
      note("dialogues are written as " + template + " has it");
      StageResult result = train(control, new ChatExamples(template), decoder.sequenceLength(config));
      return new StageResult(result.outcome(), result.measures(),
          Map.of("data", data.files.toString(), "adaptation", decoder.adaptation().toString()));
    }
  }

  final void noteSkipped(int skipped, String what) {
    if (skipped > 0) {
      note("%,d %s were longer than --sequence-length and left out".formatted(skipped, what));
    }
  }
}
