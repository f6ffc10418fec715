// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.offline.OfflinePipeline;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/** Training by itself, without serving. */
@Command(
    name = "train",
    description = {
      "Train, measure and register a domain's models without serving them.",
      "How long and how large is set in the domain's domain.yaml; an interrupted run continues from its checkpoint."
    },
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {

  /** What can be trained, with the steps of the pipeline that it takes. */
  enum Model {
    TOKENIZER("tokenizer"),
    DECODER("tokenizer", "decoder"),
    READER("reader-en", "reader-zh"),
    GUARD("guard"),
    ALL("tokenizer", "decoder", "reader-en", "reader-zh", "guard");

    private final List<String> steps;

    Model(String... steps) {
      this.steps = Arrays.asList(steps);
    }
  }

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(index = "0", paramLabel = "MODEL", description = "${COMPLETION-CANDIDATES}")
  Model model = Model.ALL;

  @Parameters(index = "1", arity = "0..1", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).")
  @Nullable String domain;

  @Override
  public Integer call() throws Exception {
    List<String> steps = new ArrayList<>(List.of("fetch", "corpus", "questions"));
    steps.addAll(model.steps);
    steps.retainAll(OfflinePipeline.STEPS);
    new Steps(spec.commandLine().getOut()).run(domain, null, steps);
    return 0;
  }
}
