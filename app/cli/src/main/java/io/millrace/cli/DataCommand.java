// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** Data engineering by itself. */
@Command(
    name = "data",
    description = "Data engineering by itself: content to clean documents and questions.",
    mixinStandardHelpOptions = true,
    subcommands = DataCommand.Build.class)
final class DataCommand implements Runnable {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  @Command(
      name = "build",
      description = "Fetch the sources, parse, clean, remove duplicates, make questions; report what was found.",
      mixinStandardHelpOptions = true)
  static final class Build implements Callable<Integer> {

    @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).")
    @Nullable String domain;

    @Option(names = "--pom", paramLabel = "FILE", description = "Read this project's dependencies instead.")
    @Nullable Path pom;

    @Override
    public Integer call() throws Exception {
      new Steps(spec.commandLine().getOut()).run(domain, pom, List.of("fetch", "corpus", "questions"));
      return 0;
    }
  }
}
