// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.model.gguf.GgufExport;
import io.millrace.model.gguf.GgufType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** Takes a decoder elsewhere. */
@Command(
    name = "export",
    description = {
      "Write a decoder as one GGUF file, with its tokenizer and chat template, for llama.cpp, Ollama and others.",
      "Hugging Face's tools and vLLM read the folders as they are: output of 'millrace train', or a version of the registry."
    },
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "  millrace export 2-answers --output answers.gguf --type q8_0",
      "  millrace export my-domain/answers@3 --domain my-domain --output answers.gguf",
    })
final class ExportCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(index = "0", paramLabel = "MODEL",
      description = "A Hugging Face folder, or name or name@version in the registry (the champion where no version is given).")
  String model = "";

  @Option(names = "--output", paramLabel = "FILE", required = true, description = "The file to write; it must not exist.")
  Path output = Path.of("");

  @Option(names = "--type", paramLabel = "TYPE", description = "How matrices are stored: f32, f16, bf16, q8_0, q6_k, q4_k (Q4_K_M)"
          + " or q4_0 (${DEFAULT-VALUE}).")
  GgufType type = GgufType.F16;

  @Option(names = "--domain", paramLabel = "DOMAIN", description = "Name or directory of the domain whose registry it is (java-docs).")
  @Nullable String domain;

  @Override
  public Integer call() throws IOException {
    if (Files.exists(output)) {
      throw new IllegalArgumentException("--output " + output + " exists: choose another name, or remove it");
    }
    Path folder = ModelArgument.of(model, domain).folder();
    GgufExport.write(folder, output, type);
    spec.commandLine().getOut().printf(
        Locale.ROOT, "%s: %.1f MB, %s%n", output, Files.size(output) / 1e6, type.name().toLowerCase(Locale.ROOT));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
