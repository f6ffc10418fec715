// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Writes a commented domain pack to start from. */
@Command(
    name = "init",
    description = "Write a commented domain pack to start from.",
    mixinStandardHelpOptions = true)
final class InitCommand implements Callable<Integer> {

  private static final List<String> FILES = List.of("domain.yaml", "policy.yaml", "questions.yaml", "content/welcome.md");

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(paramLabel = "DIRECTORY", description = "Where to write it; its last part becomes the domain's name.")
  Path directory = Path.of("my-domain");

  @Override
  public Integer call() throws IOException {
    String name = directory.toAbsolutePath().normalize().getFileName().toString().toLowerCase(Locale.ROOT);
    if (!name.matches("[a-z][a-z0-9-]{0,40}")) {
      throw new IllegalArgumentException(
          "'" + name + "' cannot name a domain: use a lower-case letter, then letters, digits and hyphens");
    }
    for (String file : FILES) {
      if (Files.exists(directory.resolve(file))) {
        throw new IllegalArgumentException(
            directory.resolve(file) + " is there already; nothing was written. Choose another directory.");
      }
    }
    Map<String, String> values = Map.of("@name@", name);
    for (String file : FILES) {
      Path target = directory.resolve(file);
      Files.createDirectories(target.toAbsolutePath().getParent());
      String text = template(file);
      for (var value : values.entrySet()) {
        text = text.replace(value.getKey(), value.getValue());
      }
      Files.writeString(target, text);
    }
    spec.commandLine().getOut().printf(
        "Wrote %s: put your pages into %s, then run%n  millrace up %s%n",
        directory, directory.resolve("content"), directory);
    return 0;
  }

  private static String template(String file) throws IOException {
    try (InputStream in = InitCommand.class.getResourceAsStream("init/" + file)) {
      if (in == null) {
        throw new IllegalStateException("template init/" + file + " is missing from the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
