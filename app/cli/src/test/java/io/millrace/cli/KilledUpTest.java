// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.corpus.Corpus;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineSettings;
import io.millrace.offline.ProgressListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code up} as a process that is killed hard, in the middle of its steps and right after it was ready, and started
 * again. More rounds than the suite takes: {@code -Dmillrace.kills=40 -Dmillrace.kills.seed=7}.
 */
class KilledUpTest {

  private static final Duration PATIENCE = Duration.ofMinutes(6);

  /** Most of a short run is starting up, which the simple compiler makes shorter. */
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1");

  /** What the same inputs make byte for byte; the models' training is bounded by time. */
  private static final List<String> DETERMINISTIC = List.of("fetch", "corpus", "questions", "guard", "tokenizer");

  private static final String PUT = "notes/put-before-the-kill";
  private static final String DELETED = "content/part-bell";

  @TempDir Path folder;

  /**
   * When a run is killed.
   *
   * @param step whose first line on the terminal is waited for; empty for the start of the process
   * @param millis so long after that
   */
  private record Moment(String step, int millis) {}

  /** The suite's few moments go through the steps in their order; further ones are drawn at random. */
  private static List<Moment> moments(Random random) {
    List<Moment> moments = new ArrayList<>();
    for (String step : List.of("", random.nextBoolean() ? "corpus" : "publish", "decoder")) {
      moments.add(new Moment(step, random.nextInt(step.isEmpty() ? 4_000 : 1_000)));
    }
    for (int i = moments.size(); i < Integer.getInteger("millrace.kills", moments.size()); i++) {
      List<String> steps = new ArrayList<>(OfflinePipeline.STEPS);
      steps.add("");
      steps.add("index");
      moments.add(new Moment(steps.get(random.nextInt(steps.size())), random.nextInt(6_000)));
    }
    return moments;
  }

  @Test
  void upThatIsKilledAgainAndAgainMakesTheSameAndLosesNothing() throws Exception {
    long seed = Long.getLong("millrace.kills.seed", System.nanoTime());
    System.out.println("killed at moments drawn with -Dmillrace.kills.seed=" + seed);
    Path pack = folder.resolve("tiny");
    Path homes = folder.resolve("homes");
    TinyDomain.write(pack);
    // Short training, and hardly a held-out page: what a kill does to scores is no different from what it does to steps.
    Path domain = pack.resolve("domain.yaml");
    Files.writeString(
        domain,
        Files.readString(domain).replaceAll("seconds: \\d", "seconds: 1").replace("heldOutPercent: 20", "heldOutPercent: 1"));
    String[] up = {"up", pack.toString(), "--port", "0"};
    StringBuilder said = new StringBuilder("seed " + seed + "\n");

    for (Moment moment : moments(new Random(seed))) {
      try (MillProcess run = MillProcess.start(homes, OPTIONS, up)) {
        boolean begun = run.awaitLine(moment.step(), PATIENCE);
        assertThat(begun && !run.awaitEnd(Duration.ofMillis(moment.millis()))).as(said + run.output()).isTrue();
        run.kill();
        said.append("killed ").append(moment).append(" after:\n").append(run.output()).append('\n');
      }
    }
    try (MillProcess run = MillProcess.start(homes, OPTIONS, up)) {
      String url = run.awaitReady(PATIENCE);
      assertThat(send(url, "PUT", PUT, Map.of("title", "Note", "text", "Written just before the kill."))).isEqualTo(200);
      assertThat(send(url, "DELETE", DELETED, Map.of())).isEqualTo(200);
      run.kill();
      said.append("killed when ready after:\n").append(run.output()).append('\n');
    }
    try (MillProcess run = MillProcess.start(homes, OPTIONS, "up", pack.toString(), "--port", "0", "--exit-when-ready")) {
      assertThat(run.awaitExit(PATIENCE)).as(said + run.output()).isZero();
      assertThat(run.output()).contains("Ready: ").doesNotContain(", new");
    }

    DomainPack written = DomainPack.load(pack);
    OfflineSettings settings = OfflineSettings.of(pack, written, folder.resolve("other")).withSteps(DETERMINISTIC);
    Path home = homes.resolve(written.name());
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(home.resolve("registry"));
    ArtifactRegistry other = DirectoryArtifactRegistry.open(folder.resolve("other/registry"));
    try (EventLog log = EventLogs.open(EventLogSettings.embedded(written.name(), home.resolve("log")))) {
      OfflinePipeline.run(settings, other, log, ProgressListener.NONE, () -> false);
      for (String name : registry.names()) {
        assertThat(registry.versions(name)).as("versions of " + name + " after " + said).hasSize(1);
        ArtifactVersion version = registry.versions(name).getFirst();
        assertThat(registry.verify(version)).isEmpty();
        other.version(name, 1).ifPresent(same -> assertThat(version.files()).isEqualTo(same.files()));
      }
      assertThat(registry.names()).containsAll(other.names()).contains("tiny/decoder");
      assertThat(other.names()).hasSameSizeAs(DETERMINISTIC);

      Map<String, Document> documents = documents(log);
      Map<String, Document> expected = new TreeMap<>();
      Path corpus = registry.directory(registry.version("tiny/corpus", 1).orElseThrow());
      Corpus.read(corpus).documents().forEach(document -> expected.put(document.id(), document));
      assertThat(expected.remove(DELETED)).isNotNull();
      assertThat(documents.remove(PUT).text()).contains("just before the kill");
      assertThat(documents.keySet()).as("documents after " + said).isEqualTo(expected.keySet());
      assertThat(documents).as("documents after " + said).isEqualTo(expected);
    }
    try (Stream<Path> left = Files.list(home.resolve("registry/.staging"))) {
      assertThat(left).isEmpty();
    }
    try (Stream<Path> left = Files.list(home.resolve("work/tiny"))) {
      assertThat(left).extracting(path -> path.getFileName().toString()).containsExactly("publish");
    }
  }

  private static int send(String url, String method, String document, Object body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url + "/v1/documents/" + document))
              .header("Content-Type", "application/json")
              .method(method, HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
  }

  private static Map<String, Document> documents(EventLog log) throws IOException {
    Map<String, Document> documents = new TreeMap<>();
    try (LogReader reader = log.reader(Topic.DOCUMENTS, Map.of())) {
      while (reader.lag() > 0) {
        for (LogRecord record : reader.poll(Duration.ofSeconds(1))) {
          byte[] value = record.value();
          if (value == null) {
            documents.remove(record.key());
          } else {
            documents.put(record.key(), Json.read(value, Document.class));
          }
        }
      }
    }
    return documents;
  }
}
