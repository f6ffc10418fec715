// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.cli.compress.CompressCommand;
import io.millrace.cli.train.ConfigFile;
import io.millrace.cli.train.TrainCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: parses, runs, and turns failures into one clear line and an exit code. */
@Command(
    name = "millrace",
    description = "Turns a domain's content and traffic into its own model, memory, recommender and risk control.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    subcommands = {
      UpCommand.class,
      ServeCommand.class,
      AskCommand.class,
      InitCommand.class,
      DataCommand.class,
      TrainCommand.class,
      CompressCommand.class,
      ExportCommand.class,
      RegistryCommand.class,
      MemoryCommand.class,
      SimulateCommand.class,
      BenchCommand.class,
      DoctorCommand.class,
      VersionCommand.class,
    },
    footer = {"", "Start here:  millrace up", "Every command explains itself:  millrace <command> --help"})
public final class Millrace {

  private static final int INTERRUPTED = 130;

  /** Examples in the help stay on one line, so that they can be copied. */
  private static final int HELP_WIDTH = 120;

  private Millrace() {}

  /** Runs a command and ends the process with 0 (done), 1 (failed), 2 (wrong usage) or 130 (interrupted). */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  static int run(String... arguments) {
    CommandLine line = new CommandLine(new Millrace())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(HELP_WIDTH)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (failure instanceof InterruptedException) {
                command.getErr().println("Interrupted. The same command continues where this one stopped.");
                return INTERRUPTED;
              }
              command.getErr().println(command.getColorScheme().errorText("millrace: " + Failure.describe(failure)));
              if (System.getenv("MILLRACE_TRACE") != null) {
                failure.printStackTrace(command.getErr());
              }
              return CommandLine.ExitCode.SOFTWARE;
            });
    String[] expanded;
    try {
      expanded = ConfigFile.expanded(line, arguments);
    } catch (IllegalArgumentException e) {
      line.getErr().println(line.getColorScheme().errorText("millrace: " + e.getMessage()));
      return CommandLine.ExitCode.USAGE;
    }
    return line.execute(expanded);
  }
}
