// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.cli.simulate.Simulation;
import io.millrace.cli.simulate.SimulationSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Callable;

/** Labelled synthetic traffic, so that features, ranking and verdicts can be seen to move. */
@Command(
    name = "simulate",
    description = {
      "Send labelled synthetic traffic to a running gateway, through its public API only:",
      "people with interests search, ask, click, rate and put documents, and some of them attack.",
      "At the end: latencies, verdicts against labels, time to searchable, time to changed recommendations."
    },
    mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(names = "--url", description = "Address of the gateway (${DEFAULT-VALUE}).")
  URI url = URI.create("http://127.0.0.1:8080");

  @Option(names = "--key", description = "API key, where the gateway wants one; also from MILLRACE_API_KEY.",
      defaultValue = "${env:MILLRACE_API_KEY}")
  @Nullable String key;

  @Option(names = "--seconds", description = "How long (${DEFAULT-VALUE}).")
  int seconds = 60;

  @Option(names = "--rate", description = "Requests a second, all users together (${DEFAULT-VALUE}).")
  double rate = 5;

  @Option(names = "--users", description = "How many people (${DEFAULT-VALUE}).")
  int users = 50;

  @Option(names = "--attacks", description = "Share of the questions that are attacks (${DEFAULT-VALUE}).")
  double attacks = 0.05;

  @Option(names = "--seed", description = "Same seed, same people and questions (${DEFAULT-VALUE}).")
  long seed = 1;

  @Override
  public Integer call() throws InterruptedException {
    String given = key == null || key.isBlank() ? null : key;
    boolean terminal = System.console() != null && System.console().isTerminal();
    Thread simulating = Thread.currentThread();
    try (Stop stop = Stop.listen()) {
      Thread.ofVirtual().start(() -> interruptWhen(stop, simulating));
      new Simulation(spec.commandLine().getOut(), terminal)
          .run(new SimulationSettings(url, given, Duration.ofSeconds(seconds), rate, users, attacks, seed));
    }
    return 0;
  }

  private static void interruptWhen(Stop stop, Thread thread) {
    try {
      stop.await();
      thread.interrupt();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
