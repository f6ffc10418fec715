// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** A file to write settings into. */
@Command(
    name = "config",
    description = "Print a commented YAML file with every setting of a stage, for --config.",
    mixinStandardHelpOptions = true,
    footer = {"", "  millrace train config sft > train.yaml", "  millrace train sft --config train.yaml"})
final class ConfigCommand implements Callable<Integer> {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(index = "0", paramLabel = "STAGE", description = "Such as pretrain, sft or embedder.")
  String stage = "";

  @Override
  public Integer call() {
    Map<String, CommandLine> stages = spec.parent().subcommands();
    CommandLine wanted = stages.get(stage);
    List<String> usable = new ArrayList<>();
    stages.forEach((name, command) -> {
      if (command.getCommandSpec().findOption("--config") != null) {
        usable.add(name);
      }
    });
    if (wanted == null || !usable.contains(stage)) {
      throw new IllegalArgumentException("no stage '" + stage + "' that takes --config: there are " + usable);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf("# Settings of: millrace train %s --config FILE%n# What is commented out has the value that is shown, or none.%n", stage);
    ConfigFile.known(wanted.getCommandSpec()).forEach((key, option) -> print(out, key, option));
    out.flush();
    return 0;
  }

  private static void print(PrintWriter out, String key, OptionSpec option) {
    out.println();
    Object usual = option.initialValue();
    for (String line : option.description()) {
      out.println("# " + line.replace(" (" + usual + ")", "")); // it stands below
    }
    String shown = usual == null || usual instanceof List<?> || String.valueOf(usual).isEmpty() ? "" : value(usual);
    if (option.required()) {
      out.printf("%s: %s%n", key, option.typeInfo().isMultiValue() ? "[" + option.paramLabel() + "]" : option.paramLabel());
    } else {
      out.printf("#%s: %s%n", key, shown.isEmpty() ? option.paramLabel() : shown);
    }
  }

  private static String value(Object usual) {
    return usual instanceof Enum<?> choice ? choice.name().toLowerCase(Locale.ROOT) : String.valueOf(usual);
  }
}
