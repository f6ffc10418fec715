// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.online.Gateway;
import io.millrace.online.GatewaySettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.concurrent.Callable;

/** Serves what was built: the gateway, its console, and the streaming jobs beside it. */
@Command(
    name = "serve",
    description = "Serve what 'millrace up' built: gateway, console and streaming jobs.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(arity = "0..1", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).")
  @Nullable String domain;

  @Option(names = "--host", description = "Address to listen on (127.0.0.1); others need API keys.")
  @Nullable String host;

  @Option(names = "--port", description = "Port to listen on (8080); 0 for any free one.")
  @Nullable Integer port;

  @Override
  public Integer call() throws Exception {
    Place place = Place.of(domain);
    place.logToFile();
    if (!Files.isDirectory(place.home())) {
      throw new IllegalStateException(
          "nothing was built for '" + place.pack().name() + "' in " + place.home() + ": run 'millrace up' first");
    }
    GatewaySettings settings = GatewaySettings.load(place.pack(), place.packDirectory(), place.home(), host, port);
    Mill.checkPort(settings);
    try (Stop stop = Stop.listen();
        Mill mill = Mill.open(place)) {
      mill.startNearline();
      Gateway gateway = mill.startGateway(settings);
      PrintWriter out = spec.commandLine().getOut();
      out.println("Ready: " + gateway.url());
      out.flush();
      stop.await();
    }
    return 0;
  }
}
