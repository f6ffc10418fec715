// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.log.EventLog;
import io.millrace.core.settings.VectorPrecision;
import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import static io.millrace.memory.snapshot.TestMemory.KIND;
import static io.millrace.memory.snapshot.TestMemory.delete;
import static io.millrace.memory.snapshot.TestMemory.put;
import static io.millrace.memory.snapshot.TestMemory.shelf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SnapshotRestoreTest extends SnapshotFixture {

  @Test
  void refusesADamagedSnapshotNamesTheFileAndKeepsWhatIsThere() throws Exception {
    try (EventLog log = domain("damaged")) {
      Map<String, Object> before = taken(log, "whole", "broken", "short", "blank");
      Path file = largest(home.resolve("snapshots/broken/passages"));
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.delete(file); // The others link to the same file.
      Files.write(file, bytes);
      Path gone = largest(home.resolve("snapshots/short/documents"));
      Files.delete(gone);
      Files.writeString(home.resolve("snapshots/blank/manifest.json"), "{}");

      assertThat(shelf(home).verify("whole")).isEmpty();
      assertThat(shelf(home).verify("broken")).singleElement().asString().contains(file.toString()).contains("checksum");
      assertThatThrownBy(() -> restore(log, KIND, "broken"))
          .isInstanceOf(IllegalStateException.class).hasMessageContaining(file.toString()).hasMessageContaining("nothing was changed");
      assertThatThrownBy(() -> restore(log, KIND, "short")).hasMessageContaining(gone + " is missing");
      assertThatThrownBy(() -> restore(log, KIND, "blank")).hasMessageContaining("manifest.json cannot be read");
      assertThatThrownBy(() -> restore(log, KIND, "no-such"))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no-such").hasMessageContaining("whole");
      assertThatThrownBy(() -> restore(log, KIND, "../index")).hasMessageContaining("no name of a snapshot");
      assertThat(shelf(home).list()).filteredOn(each -> each.manifest() == null)
          .singleElement().satisfies(each -> assertThat(each.problem()).contains("blank"));
      assertThat(home.resolve("index/restoring")).doesNotExist();
      try (TestMemory memory = new TestMemory(log, home)) {
        assertThat(memory.state(IDS)).isEqualTo(before);
      }
    }
  }

  @Test
  void refusesWhatIsOfAnotherKindOfMemory() throws Exception {
    try (EventLog log = domain("kinds")) {
      taken(log, "it");
      Map<String, String> models = Map.of("en", TestMemory.Numbers.MODEL);
      assertThatThrownBy(() -> restore(log, MemoryKind.of("poetry", models, VectorPrecision.FLOAT), "it"))
          .hasMessageContaining("'mill'").hasMessageContaining("'poetry'");
      assertThatThrownBy(() -> restore(log, MemoryKind.of("mill", Map.of("en", "letters"), VectorPrecision.FLOAT), "it"))
          .hasMessageContaining("'en'").hasMessageContaining("numbers, which is not here");
      assertThatThrownBy(() -> restore(log, MemoryKind.of("mill", Map.of("en", TestMemory.Numbers.MODEL, "zh", "letters"), VectorPrecision.FLOAT), "it"))
          .hasMessageContaining("[en]").hasMessageContaining("[en, zh]");
      assertThatThrownBy(() -> restore(log, MemoryKind.of("mill", models, VectorPrecision.BIT), "it"))
          .hasMessageContaining("float").hasMessageContaining("bit").hasMessageContaining("budgets.memory.vectors");
      edit("\"format\" : \"documents-", "\"format\" : \"documents-9");
      assertThatThrownBy(() -> restore(log, KIND, "it")).hasMessageContaining("documents-9");
      edit("\"layout\" : 1", "\"layout\" : 7");
      assertThatThrownBy(() -> restore(log, KIND, "it")).hasMessageContaining("layout 7");
      edit("\"layout\" : 7", "\"layout\" : 1");
      edit("\"documents-9", "\"documents-");
      restore(log, KIND, "it");
    }
  }

  @Test
  void refusesASnapshotThatTheLogDoesNotLeadOnFromAndSaysWhatWouldBeLost() throws Exception {
    try (EventLog log = domain("first");
        EventLog other = domain("second")) {
      taken(log, "it");
      IDS.forEach(id -> put(other, id, "another page"));
      assertThatThrownBy(() -> restore(other, KIND, "it"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another log").hasMessageContaining("second.evictions").hasMessageContaining("30 documents");

      String at = shelf(home).manifest("it").view("passages").facts().get("at");
      String old = String.valueOf(Instant.ofEpochMilli(Long.parseLong(at)).minus(Duration.ofDays(25)).toEpochMilli());
      edit("\"" + at + "\"", "\"" + old + "\"");
      assertThatThrownBy(() -> restore(log, KIND, "it")).hasMessageContaining("deletions may have been missed");
      edit("\"" + old + "\"", "\"" + at + "\"");

      String position = "\"passages.0\" : \"" + shelf(home).manifest("it").view("passages").facts().get("passages.0");
      edit(position, position + "000");
      assertThatThrownBy(() -> restore(log, KIND, "it"))
          .hasMessageContaining("which ends at").hasMessageContaining("are not in this log").hasMessageContaining("earlier versions");
    }
  }

  @Test
  void believesNoManifestThatItsCommitContradicts() throws Exception {
    try (EventLog log = domain("manifests")) {
      taken(log, "it");
      SnapshotManifest manifest = shelf(home).manifest("it");
      String position = "\"passages.0\" : \"" + manifest.view("passages").facts().get("passages.0") + "\"";
      edit(position, "\"passages.0\" : \"0\"");
      assertThat(shelf(home).verify("it")).singleElement().asString().contains("its manifest says");
      assertThatThrownBy(() -> restore(log, KIND, "it")).hasMessageContaining("damaged");
      edit("\"passages.0\" : \"0\"", position);
      assertThat(shelf(home).verify("it")).isEmpty();

      Path file = home.resolve("snapshots/it/passages").resolve(manifest.view("passages").files().keySet().iterator().next());
      Path elsewhere = Files.move(file, home.resolve("elsewhere"));
      Files.createSymbolicLink(file, elsewhere);
      assertThat(shelf(home).verify("it")).singleElement().asString().contains("not a plain file");
      Files.delete(file);
      Files.move(elsewhere, file);

      edit("\"documents\" : {", "\"../../elsewhere\" : {");
      assertThat(shelf(home).list()).singleElement().satisfies(each -> assertThat(each.problem()).contains("../../elsewhere"));
      edit("\"../../elsewhere\" : {", "\"documents\" : {");
      edit("\"domain\" : \"mill\"", "\"domain\" : null");
      assertThat(shelf(home).list()).singleElement().satisfies(each -> assertThat(each.problem()).contains("damaged"));
    }
  }

  @Test
  void isOldOrNewButNeverInBetweenWhenARestoreIsKilled() throws Exception {
    try (EventLog log = domain("killed")) {
      taken(log, "it");
      Map<String, String> snapshot = shelf(home).manifest("it").view("passages").facts();
      Map<String, Object> uninterrupted;
      try (TestMemory memory = new TestMemory(log, home)) {
        IDS.forEach(id -> put(log, id, "flour once more of " + id));
        delete(log, "page/3");
        memory.awaitAll(log);
        uninterrupted = memory.state(IDS);
      }
      Map<String, String> latest = facts("passages");
      assertThat(latest).isNotEqualTo(snapshot);
      Path original = home.resolve("original");
      Files.move(home.resolve("index"), original);
      for (int step = 0; step < 5; step++) {
        copy(original, home.resolve("index"));
        killInRestore(step);
        MemoryFolder.open(home.resolve("index")).close(); // As the next start does.
        Map<String, String> expected = step == 0 ? latest : snapshot;
        assertThat(facts("passages")).as("passages, killed at %d", step).containsAllEntriesOf(expected);
        assertThat(facts("documents").get("documents.0")).as("documents, killed at %d", step)
            .isEqualTo(step == 0 ? facts(original.resolve("documents")).get("documents.0")
                : shelf(home).manifest("it").view("documents").facts().get("documents.0"));
        try (Stream<Path> left = Files.list(home.resolve("index"))) {
          assertThat(left.map(path -> path.getFileName().toString()))
              .containsExactlyInAnyOrder("documents", "generation.json", "memory.lock", "passages");
        }
        if (step == 4) {
          try (TestMemory memory = new TestMemory(log, home)) {
            memory.awaitAll(log);
            assertThat(memory.state(IDS)).isEqualTo(uninterrupted);
          }
        }
        deleteIndex();
      }
    }
  }

  /** The program that is killed: restores, and waits for its end where the step that is asked for would come. */
  static final class Restoring {
    public static void main(String[] arguments) throws Exception {
      Path home = Path.of(arguments[0]);
      AtomicInteger steps = new AtomicInteger(Integer.parseInt(arguments[1]));
      MemoryFolder folder =
          MemoryFolder.open(
              home.resolve("index"),
              (from, to) -> {
                if (steps.getAndDecrement() == 0) {
                  System.out.println("there");
                  System.in.read(); // Until it is killed, or its parent ends.
                }
                Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
              });
      SnapshotShelf shelf = shelf(home);
      SnapshotRestore.replace(shelf, shelf.manifest("it"), folder, LinkOrCopy.ON_DISK);
      System.out.println("done");
    }
  }

  private void killInRestore(int step) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Restoring.class.getName(),
                home.toString(),
                String.valueOf(step))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).isEqualTo("there");
      assertThatThrownBy(() -> MemoryFolder.open(home.resolve("index"))).hasMessageContaining("in use");
    } finally {
      child.toHandle().destroyForcibly();
      child.waitFor();
    }
  }

  /** Fills a memory, takes snapshots of it, and returns its state. */
  private Map<String, Object> taken(EventLog log, String... names) throws IOException {
    try (TestMemory memory = new TestMemory(log, home)) {
      IDS.forEach(id -> put(log, id, "flour of " + id));
      memory.awaitAll(log);
      for (String name : names) {
        memory.taker.take(name, false);
      }
      return memory.state(IDS);
    }
  }

  private void edit(String old, String text) throws IOException {
    Path manifest = home.resolve("snapshots/it/manifest.json");
    String before = Files.readString(manifest);
    assertThat(before).contains(old);
    Files.writeString(manifest, before.replace(old, text));
  }

  /** Which files an index has depends on whether it merged while it was written. */
  private static Path largest(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.max(Comparator.comparingLong(file -> file.toFile().length())).orElseThrow();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }
}
