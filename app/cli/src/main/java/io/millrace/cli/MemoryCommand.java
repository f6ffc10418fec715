// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.eventlog.EventLogs;
import io.millrace.memory.snapshot.MemoryFolder;
import io.millrace.memory.snapshot.MemoryKind;
import io.millrace.memory.snapshot.SnapshotManifest;
import io.millrace.memory.snapshot.SnapshotRestore;
import io.millrace.memory.snapshot.SnapshotShelf;
import io.millrace.online.GatewaySettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/** Snapshots of a domain's memory: a running gateway takes them, and they are restored while it is stopped. */
@Command(
    name = "memory",
    description = "Take, list, verify, delete and restore snapshots of a domain's memory.",
    mixinStandardHelpOptions = true,
    subcommands = {
      MemoryCommand.Snapshot.class,
      MemoryCommand.Snapshots.class,
      MemoryCommand.Verify.class,
      MemoryCommand.Delete.class,
      MemoryCommand.Restore.class,
    })
final class MemoryCommand implements Runnable {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private static SnapshotShelf shelf(Place place) {
    return new SnapshotShelf(place.home().resolve("snapshots"));
  }

  /** Returns where a domain is, which must have been built: nothing shall be made of a name that was mistyped. */
  private static Place built(@Nullable String domain) {
    Place place = Place.of(domain);
    if (!Files.isDirectory(place.home())) {
      throw new IllegalStateException(
          "nothing was built for '" + place.pack().name() + "' in " + place.home() + ": run 'millrace up' first");
    }
    return place;
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  /** Which domain. */
  static final class Domain {
    @Parameters(index = "0", arity = "0..1", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).")
    @Nullable String domain;
  }

  /** Which snapshot of which domain. */
  static final class Named {
    @Parameters(index = "0", paramLabel = "NAME", description = "As 'millrace memory snapshots' lists it.")
    String name = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "DOMAIN", description = "Name or directory of the domain (java-docs).")
    @Nullable String domain;
  }

  @Command(name = "snapshot", description = "Have the running gateway take a snapshot.", mixinStandardHelpOptions = true)
  static final class Snapshot implements Callable<Integer> {

    private static final Duration LONGEST = Duration.ofHours(1);

    @ParentCommand MemoryCommand parent = new MemoryCommand();
    @CommandLine.Mixin Domain of = new Domain();

    @Option(names = "--name", description = "What to call it (the time).")
    @Nullable String name;

    @Option(names = "--url", description = "Address of the gateway (host and port of the domain's millrace.yaml).")
    @Nullable URI url;

    @Option(names = "--key", description = "API key, where the gateway wants one; also from MILLRACE_API_KEY.",
        defaultValue = "${env:MILLRACE_API_KEY}")
    @Nullable String key;

    @Override
    public Integer call() throws IOException, InterruptedException {
      URI gateway = url != null ? url : address(built(of.domain));
      Map<String, String> body = new HashMap<>();
      if (name != null) {
        body.put("name", name);
      }
      if (url == null || of.domain != null) {
        // Whatever answers at that address may serve another domain.
        body.put("domain", Place.of(of.domain).pack().name());
      }
      HttpRequest.Builder request =
          HttpRequest.newBuilder(gateway.resolve("/v1/memory/snapshots"))
              .timeout(LONGEST)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)));
      if (key != null && !key.isBlank()) {
        request.header("Authorization", "Bearer " + key);
      }
      try (HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
        HttpResponse<String> response =
            client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (response.statusCode() != 201) {
          throw new IllegalStateException(AskCommand.refusal(response.statusCode(), response.body()));
        }
        JsonNode taken = Json.read(response.body(), JsonNode.class);
        parent.out().printf(
            Locale.ROOT, "Snapshot %s: %,d documents, %s.%n", taken.path("name").asString(),
            taken.at("/views/documents/counts/documents").asLong(), megabytes(taken.path("bytes").asLong()));
      } catch (ConnectException e) {
        throw new IllegalStateException(
            "nothing answers at " + gateway + ": a snapshot is taken by a running gateway, so start it with 'millrace serve', or give its"
                + " address with --url. Of a stopped one, a copy of its whole folder is as good",
            e);
      }
      return 0;
    }

    private static URI address(Place place) {
      GatewaySettings settings = GatewaySettings.load(place.pack(), place.packDirectory(), place.home());
      String host = switch (settings.host()) {
        case "0.0.0.0" -> "127.0.0.1";
        case "::" -> "[::1]";
        default -> settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
      };
      return URI.create("http://" + host + ":" + settings.port());
    }
  }

  @Command(name = "snapshots", description = "All snapshots, oldest first.", mixinStandardHelpOptions = true)
  static final class Snapshots implements Callable<Integer> {
    @ParentCommand MemoryCommand parent = new MemoryCommand();
    @CommandLine.Mixin Domain of = new Domain();

    @Override
    public Integer call() throws IOException {
      List<SnapshotShelf.Listed> all = shelf(built(of.domain)).list();
      if (all.isEmpty()) {
        parent.out().println("There are no snapshots: a running gateway takes one with 'millrace memory snapshot'.");
      }
      for (SnapshotShelf.Listed each : all) {
        SnapshotManifest manifest = each.manifest();
        if (manifest == null) {
          parent.out().printf("%-24s  %s%n", each.name(), each.problem());
        } else {
          parent.out().printf("%-24s  %s  %10s%s%n", each.name(), manifest.takenAt(), megabytes(manifest.bytes()),
              manifest.scheduled() ? "  scheduled" : "");
          manifest.views().forEach((view, held) -> parent.out().printf("    %-10s as of %s  %s%n", view, held.asOf(), held.counts()));
        }
      }
      return 0;
    }
  }

  @Command(name = "verify", description = "Compare every file of a snapshot with its checksum.", mixinStandardHelpOptions = true)
  static final class Verify implements Callable<Integer> {
    @ParentCommand MemoryCommand parent = new MemoryCommand();
    @CommandLine.Mixin Named it = new Named();

    @Override
    public Integer call() throws IOException {
      List<String> problems = shelf(built(it.domain)).verify(it.name);
      problems.forEach(parent.out()::println);
      parent.out().println(problems.isEmpty() ? "Snapshot " + it.name + " is sound." : "Snapshot " + it.name + " is damaged.");
      return problems.isEmpty() ? 0 : 1;
    }
  }

  @Command(name = "delete", description = "Delete a snapshot.", mixinStandardHelpOptions = true)
  static final class Delete implements Callable<Integer> {
    @ParentCommand MemoryCommand parent = new MemoryCommand();
    @CommandLine.Mixin Named it = new Named();

    @Override
    public Integer call() throws IOException {
      shelf(built(it.domain)).delete(it.name);
      parent.out().println("Snapshot " + it.name + " is deleted.");
      return 0;
    }
  }

  @Command(
      name = "restore",
      description = {
        "Put a snapshot in the memory's place, while the gateway is stopped.",
        "The next start goes on from there in the log, so nothing that was put since is lost."
      },
      mixinStandardHelpOptions = true)
  static final class Restore implements Callable<Integer> {
    @ParentCommand MemoryCommand parent = new MemoryCommand();
    @CommandLine.Mixin Named it = new Named();

    @Override
    public Integer call() throws IOException {
      Place place = built(it.domain);
      place.logToFile();
      shelf(place).manifest(it.name); // A name that was mistyped is refused before a broker is started.
      try (EventLog log = EventLogs.open(HomeSettings.load(place.home()).eventLog(place));
          MemoryFolder folder = MemoryFolder.open(place.home().resolve("index"))) {
        SnapshotRestore.Restored restored =
            new SnapshotRestore(shelf(place), folder, MemoryKind.of(place.pack(), place.registry()), log).restore(it.name);
        parent.out().printf(
            Locale.ROOT,
            "The memory of %s is that of snapshot %s, taken %s. At its next start the gateway reads the log from there: at most %,d records.%n",
            place.pack().name(), it.name, restored.manifest().takenAt(), restored.behind());
      }
      return 0;
    }
  }
}
