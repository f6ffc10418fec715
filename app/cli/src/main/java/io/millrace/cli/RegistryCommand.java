// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import io.millrace.core.registry.AliasMove;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Looks into the artifact registry and moves its aliases. */
@Command(
    name = "registry",
    description = "List, inspect, verify, promote, try and roll back trained artifacts.",
    mixinStandardHelpOptions = true,
    subcommands = {
      RegistryCommand.ListThem.class,
      RegistryCommand.Show.class,
      RegistryCommand.Verify.class,
      RegistryCommand.Promote.class,
      RegistryCommand.Rollback.class,
      RegistryCommand.Retire.class,
      RegistryCommand.History.class,
    })
final class RegistryCommand implements Runnable {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(names = "--domain", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).",
      scope = CommandLine.ScopeType.INHERIT)
  @Nullable String domain;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private ArtifactRegistry open() {
    return Place.of(domain).registry();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private static ArtifactVersion find(ArtifactRegistry registry, String name, int version) {
    return registry.version(name, version).orElseThrow(() -> new IllegalArgumentException(
        "no version " + version + " of '" + name + "'. There are: "
            + registry.versions(name).stream().map(v -> String.valueOf(v.version())).toList()
            + " of the artifacts " + registry.names()));
  }

  @Command(name = "list", description = "All artifacts with their versions, aliases and scores.",
      mixinStandardHelpOptions = true)
  static final class ListThem implements Callable<Integer> {
    @ParentCommand RegistryCommand parent = new RegistryCommand();

    @Override
    public Integer call() {
      ArtifactRegistry registry = parent.open();
      if (registry.names().isEmpty()) {
        parent.out().println("Nothing has been built yet: run 'millrace up'.");
      }
      for (String name : registry.names()) {
        parent.out().println(name);
        for (ArtifactVersion version : registry.versions(name)) {
          List<String> aliases = new ArrayList<>();
          for (String alias : List.of(ArtifactRegistry.CHAMPION, ArtifactRegistry.CANARY)) {
            Optional<ArtifactVersion> target = registry.alias(name, alias);
            if (target.isPresent() && target.get().version() == version.version()) {
              aliases.add(alias);
            }
          }
          StringBuilder scores = new StringBuilder();
          version.scores().forEach((k, v) -> scores.append("  ").append(k).append(' ').append(String.format(Locale.ROOT, "%.4g", v)));
          parent.out().printf("  %3d  %-9s %s %s%n", version.version(), version.kind(), aliases.isEmpty() ? "" : aliases, scores);
        }
      }
      return 0;
    }
  }

  @Command(name = "show", description = "One version: files, inputs, settings, scores.", mixinStandardHelpOptions = true)
  static final class Show implements Callable<Integer> {
    @ParentCommand RegistryCommand parent = new RegistryCommand();
    @Parameters(index = "0", paramLabel = "NAME") String name = "";
    @Parameters(index = "1", paramLabel = "VERSION") int version;

    @Override
    public Integer call() {
      ArtifactRegistry registry = parent.open();
      ArtifactVersion found = find(registry, name, version);
      parent.out().println(Json.writePretty(found));
      parent.out().println("directory: " + registry.directory(found));
      return 0;
    }
  }

  @Command(name = "verify", description = "Compare every file with its checksum.", mixinStandardHelpOptions = true)
  static final class Verify implements Callable<Integer> {
    @ParentCommand RegistryCommand parent = new RegistryCommand();

    @Override
    public Integer call() {
      ArtifactRegistry registry = parent.open();
      int wrong = 0;
      int checked = 0;
      for (String name : registry.names()) {
        for (ArtifactVersion version : registry.versions(name)) {
          checked += version.files().size();
          for (String problem : registry.verify(version)) {
            parent.out().println(version.reference() + ": " + problem);
            wrong++;
          }
        }
      }
      parent.out().printf("%d files checked, %d wrong%n", checked, wrong);
      return wrong == 0 ? 0 : 1;
    }
  }

  @Command(name = "promote", description = "Point an alias at a version; a running gateway follows within a second.",
      mixinStandardHelpOptions = true)
  static final class Promote implements Callable<Integer> {
    @ParentCommand RegistryCommand parent = new RegistryCommand();
    @Parameters(index = "0", paramLabel = "NAME") String name = "";
    @Parameters(index = "1", paramLabel = "VERSION") int version;
    @Option(names = "--alias", description = "champion (default) or canary") String alias = ArtifactRegistry.CHAMPION;
    @Option(names = "--reason", description = "kept in the alias's history") String reason = "by hand";

    @Override
    public Integer call() {
      ArtifactRegistry registry = parent.open();
      ArtifactVersion found = find(registry, name, version);
      registry.promote(name, alias, version, reason);
      parent.out().println(alias + " of " + name + " is now version " + found.version());
      return 0;
    }
  }

  @Command(name = "rollback", description = "Point an alias back at where it pointed before.", mixinStandardHelpOptions = true)
  static final class Rollback implements Callable<Integer> {
    @ParentCommand RegistryCommand parent = new RegistryCommand();
    @Parameters(index = "0", paramLabel = "NAME") String name = "";
    @Option(names = "--alias", description = "champion (default) or canary") String alias = ArtifactRegistry.CHAMPION;
    @Option(names = "--reason", description = "kept in the alias's history") String reason = "by hand";

    @Override
    public Integer call() {
      ArtifactVersion now = parent.open().rollback(name, alias, reason);
      parent.out().println(alias + " of " + name + " is back at version " + now.version());
      return 0;
    }
  }

  @Command(name = "retire", description = "Take an alias away, which ends a trial.", mixinStandardHelpOptions = true)
  static final class Retire implements Callable<Integer> {
    @ParentCommand RegistryCommand parent = new RegistryCommand();
    @Parameters(index = "0", paramLabel = "NAME") String name = "";
    @Option(names = "--alias", description = "canary (default) or champion") String alias = ArtifactRegistry.CANARY;
    @Option(names = "--reason", description = "kept in the alias's history") String reason = "by hand";

    @Override
    public Integer call() {
      parent.open().retire(name, alias, reason);
      parent.out().println(name + " has no " + alias + " any more");
      return 0;
    }
  }

  @Command(name = "history", description = "Where an alias has pointed, and why.", mixinStandardHelpOptions = true)
  static final class History implements Callable<Integer> {
    @ParentCommand RegistryCommand parent = new RegistryCommand();
    @Parameters(index = "0", paramLabel = "NAME") String name = "";
    @Option(names = "--alias", description = "champion (default) or canary") String alias = ArtifactRegistry.CHAMPION;

    @Override
    public Integer call() {
      for (AliasMove move : parent.open().history(name, alias)) {
        parent.out().printf("%s  %s  %s%n", move.at(), move.version() == 0 ? "none" : move.version(), move.reason());
      }
      return 0;
    }
  }
}
