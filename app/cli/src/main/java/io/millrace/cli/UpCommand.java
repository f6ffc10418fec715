// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineReport;
import io.millrace.offline.OfflineSettings;
import io.millrace.online.Gateway;
import io.millrace.online.GatewaySettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;

/** The main job: content to models to a running gateway. What is there already is not made again. */
@Command(
    name = "up",
    description = {
      "Fetch, clean, train, measure, index and serve a domain.",
      "Steps whose inputs did not change are not repeated, and an interrupted run continues where it stopped.",
      "A domain's embedders and re-rankers are trained once it serves, which it does without them until then."
    },
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).")
  @Nullable String domain;

  @Option(names = "--pom", paramLabel = "FILE",
      description = "Read the documentation of this project's dependencies instead of the domain's own sources.")
  @Nullable Path pom;

  @Option(names = "--host", description = "Address to listen on (127.0.0.1); others need API keys.")
  @Nullable String host;

  @Option(names = "--port", description = "Port to listen on (8080); 0 for any free one.")
  @Nullable Integer port;

  @Option(names = "--exit-when-ready", description = "End with exit code 0 once everything is trained and ready.")
  boolean exitWhenReady;

  @Override
  public Integer call() throws Exception {
    long begin = System.nanoTime();
    Place place = pom == null ? Place.of(domain) : Place.of(domain).forProject(pom);
    place.logToFile();
    GatewaySettings settings = GatewaySettings.load(place.pack(), place.packDirectory(), place.home(), host, port);
    Mill.checkPort(settings);
    PrintWriter out = spec.commandLine().getOut();
    TerminalProgress progress = new TerminalProgress(out);
    out.printf("Millrace %s: domain %s in %s%n", VersionCommand.own(), place.pack().name(), place.home());
    out.flush();
    try (Stop stop = Stop.listen();
        Mill mill = Mill.open(place)) {
      OfflineSettings offline = place.offline(pom);
      List<String> later = exitWhenReady ? List.of() : OfflinePipeline.later(offline);
      OfflineReport report =
          OfflinePipeline.run(offline.withoutSteps(later), mill.registry(), mill.log(), progress, stop);
      mill.startNearline();
      Gateway gateway = mill.startGateway(settings);
      mill.awaitPassages(
          stop,
          passages ->
              progress.show(
                  String.format(Locale.ROOT, "%-10s   %,d of %,d documents", "index", passages.done(), passages.total())));
      new Readiness(gateway.url()).await(stop, state -> progress.show("index        " + state));
      progress.endLine();
      out.println();
      out.print(report.table());
      out.printf(Locale.ROOT, "%nAll of it took %.0f s, at most %s of memory.%n",
          (System.nanoTime() - begin) / 1e9, ResidentMemory.peak());
      out.println("Ready: " + gateway.url());
      out.flush();
      if (!exitWhenReady) {
        try (LaterTraining _ = LaterTraining.begin(offline, later, mill, progress, stop)) {
          stop.await();
        }
      }
    } catch (CancellationException e) {
      progress.endLine();
      throw new InterruptedException(e.getMessage());
    }
    return 0;
  }
}
