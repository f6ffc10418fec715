// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogFollower;
import io.millrace.core.registry.DurableFiles;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.memory.DocumentView;
import io.millrace.memory.HeldCommit;
import io.millrace.memory.IndexView;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static io.millrace.memory.snapshot.TestMemory.KIND;
import static io.millrace.memory.snapshot.TestMemory.delete;
import static io.millrace.memory.snapshot.TestMemory.put;
import static io.millrace.memory.snapshot.TestMemory.shelf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

class SnapshotTest {

  private static final List<String> IDS = IntStream.range(0, 30).mapToObj(i -> "page/" + i).toList();

  @TempDir static Path broker;
  private static EventLog shared;

  @TempDir Path home;

  @BeforeAll
  static void start() {
    shared = EventLogs.open(EventLogSettings.embedded("snapshots", broker));
  }

  @AfterAll
  static void stop() {
    shared.close();
  }

  @Test
  void goesOnFromASnapshotThatWasTakenDuringWritesAsIfItHadNeverBeenInterrupted() throws Exception {
    try (EventLog log = domain("during")) {
      SnapshotManifest taken;
      Map<String, Object> uninterrupted;
      try (TestMemory memory = new TestMemory(log, home)) {
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        Thread writer = Thread.ofPlatform().start(() -> write(log, enough, written));
        await().until(() -> written.get() > 40 && memory.index.counts().documents() > 5);
        int before = written.get();
        taken = memory.taker.take("during", false);
        await().until(() -> written.get() > before + 40);
        enough.set(true);
        writer.join();
        memory.awaitAll(log);
        uninterrupted = memory.state(IDS);

        SnapshotManifest later = memory.taker.take(null, false);
        assertThat(later.name()).matches("\\d{8}T\\d{6}\\.\\d{3}Z");
        assertThat(behind(log, later)).isZero();
      }
      // Merges and commits came and went since.
      assertThat(shelf(home).verify("during")).isEmpty();
      assertThat(taken.view("passages").counts().get("documents")).isBetween(5L, 30L);
      assertThat(taken.view("documents").counts().get("versions")).isPositive();

      SnapshotRestore.Restored restored = restore(log, KIND, "during");
      assertThat(restored.behind()).isPositive();
      assertThat(facts("passages")).containsAllEntriesOf(taken.view("passages").facts());
      assertThat(facts("documents")).containsAllEntriesOf(taken.view("documents").facts());
      try (TestMemory memory = new TestMemory(log, home)) {
        memory.awaitAll(log);
        assertThat(memory.state(IDS)).isEqualTo(uninterrupted);
      }
    }
  }

  @Test
  void costsNothingTwiceAndOutlivesTheIndexThatItWasTakenOf() throws Exception {
    try (EventLog log = domain("links")) {
      Map<String, Object> before;
      try (TestMemory memory = new TestMemory(log, home)) {
        IDS.forEach(id -> put(log, id, "flour of " + id));
        memory.awaitAll(log);
        before = memory.state(IDS);
        SnapshotManifest one = memory.taker.take("one", false);
        SnapshotManifest two = memory.taker.take("two", false);
        String file = one.view("documents").files().keySet().iterator().next();
        assertThat(Files.isSameFile(home.resolve("snapshots/one/documents").resolve(file), memory.folder.documents().resolve(file)))
            .isTrue();
        assertThat(two.views().get("documents").files()).containsKey(file).isNotEmpty();
        assertThat(two.bytes()).isPositive();
      }
      deleteIndex();
      shelf(home).delete("one");
      assertThat(shelf(home).list()).extracting(SnapshotShelf.Listed::name).containsExactly("two");
      assertThat(shelf(home).verify("two")).isEmpty();
      restore(log, KIND, "two");
      try (TestMemory memory = new TestMemory(log, home)) {
        assertThat(memory.state(IDS)).isEqualTo(before);
      }
    }
  }

  @Test
  void holdsTheFilesOfACommitWhileTheIndexGoesOn() throws Exception {
    try (EventLog log = domain("held");
        TestMemory memory = new TestMemory(log, home)) {
      put(log, "page/1", "flour");
      memory.awaitAll(log);
      List<Path> files;
      try (HeldCommit held = memory.documents.hold()) {
        files = held.files().stream().map(held.directory()::resolve).toList();
        put(log, "page/1", "flour again");
        memory.awaitAll(log);
        assertThat(files).isNotEmpty().allMatch(Files::exists);
      }
      put(log, "page/1", "flour once more");
      memory.awaitAll(log);
      assertThat(files).noneMatch(Files::exists);
    }
  }

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

  @Test
  void leavesNothingThatLooksLikeASnapshotBehindAndKeepsTheLatestScheduledOnes() throws Exception {
    Files.createDirectories(home.resolve("snapshots/.taking-interrupted/passages"));
    Files.createDirectories(home.resolve("snapshots/.deleting-interrupted"));
    assertThat(shelf(home).list()).isEmpty();
    AtomicLong seconds = new AtomicLong(Instant.now().getEpochSecond());
    try (EventLog log = domain("schedule");
        TestMemory memory = new TestMemory(log, home, () -> Instant.ofEpochSecond(seconds.incrementAndGet()))) {
      assertThat(entries()).isEmpty();
      put(log, "page/1", "flour");
      memory.awaitAll(log);
      assertThat(memory.taker.latestScheduled()).isEmpty();
      memory.taker.take("mine", false);
      for (int i = 0; i < 4; i++) {
        memory.taker.take("auto-" + i, true);
        memory.taker.keep(2);
      }
      assertThat(entries()).containsExactlyInAnyOrder("mine", "auto-2", "auto-3");
      assertThat(memory.taker.latestScheduled()).contains(Instant.ofEpochSecond(seconds.get()));
      assertThatThrownBy(() -> memory.taker.take("mine", false)).hasMessageContaining("'mine' already");
      assertThatThrownBy(() -> memory.taker.take("a/b", false)).isInstanceOf(IllegalArgumentException.class);
      assertThat(entries()).hasSize(3);
      assertThatThrownBy(() -> MemoryFolder.open(home.resolve("index"))).hasMessageContaining("stop that process");
    }
  }

  @Test
  void copiesWhereTheFileSystemHasNoLinks() throws Exception {
    Path file = Files.writeString(home.resolve("file"), "flour");
    try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + home.resolve("x.zip").toUri()), Map.of("create", "true"))) {
      LinkOrCopy.ON_DISK.of(file, zip.getPath("/copy"));
      assertThat(zip.getPath("/copy")).hasContent("flour");
    }
  }

  /** A disk on which nothing can be linked, and which is full after so many bytes; what does not fit leaves its beginning behind. */
  private static LinkOrCopy copies(AtomicLong left) {
    return (file, also) -> {
      byte[] all = Files.readAllBytes(file);
      int fits = (int) Math.min(all.length, left.get());
      Files.write(also, Arrays.copyOf(all, fits));
      left.addAndGet(-fits);
      if (fits < all.length) {
        throw new FileSystemException(also.toString(), null, "No space left on device");
      }
    };
  }

  @Test
  void aFullDiskCostsNoSnapshotNorWhatIsRestoredOverAndLeavesNothingHalf() throws Exception {
    AtomicLong left = new AtomicLong(Long.MAX_VALUE);
    try (EventLog log = domain("full-disk")) {
      Map<String, Object> before;
      SnapshotManifest kept;
      try (TestMemory memory = new TestMemory(log, home, InstantSource.system(), copies(left))) {
        IDS.forEach(id -> put(log, id, "flour of " + id));
        memory.awaitAll(log);
        kept = memory.taker.take("kept", false);
        put(log, IDS.getFirst(), "flour of another kind");
        memory.awaitAll(log);
        for (long bytes : List.of(0L, 1L, kept.bytes() / 2, kept.bytes() - 1)) {
          left.set(bytes);
          assertThatThrownBy(() -> memory.taker.take("never", false)).isInstanceOf(IOException.class).hasMessageContaining("No space left");
          assertThat(filesIn(home.resolve("snapshots"))).containsExactly("kept");
          assertThat(memory.index.search(Query.of("flour", 5, Access.EVERYTHING)).hits()).isNotEmpty();
        }
        left.set(Long.MAX_VALUE);
        // No commit is held any longer: its files go with the next ones.
        SnapshotManifest taken = memory.taker.take("taken", false);
        put(log, IDS.getLast(), "flour once more");
        memory.awaitAll(log);
        assertThat(filesIn(memory.folder.documents())).doesNotContainAnyElementsOf(commits(taken));
        before = memory.state(IDS);
      }
      assertThat(shelf(home).verify("kept")).isEmpty();
      assertThat(shelf(home).verify("taken")).isEmpty();

      Map<String, Long> files = sizes(home.resolve("index"));
      for (long bytes : List.of(0L, kept.bytes() / 2)) {
        left.set(bytes);
        try (MemoryFolder folder = MemoryFolder.open(home.resolve("index"))) {
          SnapshotRestore restore = new SnapshotRestore(shelf(home), folder, KIND, log, copies(left));
          assertThatThrownBy(() -> restore.restore("kept")).isInstanceOf(IOException.class).hasMessageContaining("No space left");
        }
        assertThat(sizes(home.resolve("index"))).isEqualTo(files);
      }
      try (TestMemory memory = new TestMemory(log, home)) {
        memory.awaitAll(log);
        assertThat(memory.state(IDS)).isEqualTo(before);
      }
    }
  }

  private static List<String> commits(SnapshotManifest taken) {
    return taken.view("documents").files().keySet().stream().filter(file -> file.startsWith("segments_")).toList();
  }

  private static List<String> filesIn(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  private static Map<String, Long> sizes(Path folder) throws IOException {
    Map<String, Long> sizes = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        sizes.put(folder.relativize(file).toString(), Files.size(file));
      }
    }
    return sizes;
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

  private static void write(EventLog log, AtomicBoolean enough, AtomicInteger written) {
    while (!enough.get()) {
      int i = written.getAndIncrement();
      if (i % 11 == 10) {
        delete(log, IDS.get(i * 7 % IDS.size()));
      } else {
        put(log, IDS.get(i * 7 % IDS.size()), "flour number " + i);
      }
    }
  }

  private SnapshotRestore.Restored restore(EventLog log, MemoryKind kind, String name) throws IOException {
    try (MemoryFolder folder = MemoryFolder.open(home.resolve("index"))) {
      return new SnapshotRestore(shelf(home), folder, kind, log).restore(name);
    }
  }

  private static long behind(EventLog log, SnapshotManifest manifest) {
    return LogFollower.lag(log, IndexView.TOPICS, manifest.view("passages").facts())
        + LogFollower.lag(log, DocumentView.TOPICS, manifest.view("documents").facts());
  }

  private Map<String, String> facts(String view) throws IOException {
    return facts(home.resolve("index").resolve(view));
  }

  private static Map<String, String> facts(Path folder) throws IOException {
    try (FSDirectory directory = FSDirectory.open(folder)) {
      return SegmentInfos.readLatestCommit(directory).getUserData();
    }
  }

  private void edit(String old, String text) throws IOException {
    Path manifest = home.resolve("snapshots/it/manifest.json");
    String before = Files.readString(manifest);
    assertThat(before).contains(old);
    Files.writeString(manifest, before.replace(old, text));
  }

  private List<String> entries() throws IOException {
    try (Stream<Path> all = Files.list(home.resolve("snapshots"))) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
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

  private void deleteIndex() throws IOException {
    DurableFiles.deleteTree(home.resolve("index"));
  }

  private static EventLog domain(String name) {
    return EventLogs.open(EventLogSettings.external(name, shared.connection().get("bootstrap.servers"), Map.of()));
  }
}
