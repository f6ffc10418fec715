// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

import java.nio.file.Path;
import java.util.Map;

/** A stage that trains an encoder. */
abstract class EncoderStageCommand extends StageCommand {
  @Mixin final DataOptions data = new DataOptions();
  @Mixin final EncoderOptions encoder = new EncoderOptions();

  EncoderStageCommand(RunOptions run) {
    super(run);
  }

  @Override
  final @Nullable Path base() {
    return encoder.folder();
  }

  final String name() {
    return String.valueOf(run.output.toAbsolutePath().normalize().getFileName());
  }

  final Map<String, String> inputs() {
    return Map.of("data", data.files.toString(), "encoder", encoder.base);
  }
}
