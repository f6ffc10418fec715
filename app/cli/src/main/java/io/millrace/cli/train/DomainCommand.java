// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;

/** All models of a domain, or one of them. */
@Command(
    name = "domain",
    aliases = {"all"},
    description = {
      "Train, measure and register a domain's models from its own content, without serving them.",
      "How long and how large is set in the domain's domain.yaml; an interrupted run continues from its checkpoint."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "  millrace train domain java-docs", "  millrace train domain my-domain --model reader"})
final class DomainCommand implements Callable<Integer> {
  /** What can be trained, with the steps of the pipeline that it takes. */
  enum Model {
    TOKENIZER("tokenizer"),
    DECODER("tokenizer", "decoder"),
    READER("reader-en", "reader-zh"),
    EMBEDDER("embedder-en", "embedder-zh"),
    RERANKER("reranker-en", "reranker-zh"),
    GUARD("guard"),
    ALL("tokenizer", "decoder", "reader-en", "reader-zh", "embedder-en", "embedder-zh", "reranker-en", "reranker-zh", "guard");

    private final List<String> steps;

    Model(String... steps) {
      this.steps = Arrays.asList(steps);
    }

    List<String> steps() {
      return steps;
    }
  }

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(index = "0", arity = "0..1", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).")
  @Nullable String domain;

  @CommandLine.Option(names = "--model", paramLabel = "MODEL", description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
  Model model = Model.ALL;

  @Override
  public Integer call() throws Exception {
    return DomainSteps.run(spec.commandLine().getOut(), domain, model.steps());
  }
}
