// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogFollower;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.memory.DocumentView;
import io.millrace.memory.HeldCommit;
import io.millrace.memory.IndexView;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static io.millrace.memory.snapshot.TestMemory.KIND;
import static io.millrace.memory.snapshot.TestMemory.delete;
import static io.millrace.memory.snapshot.TestMemory.put;
import static io.millrace.memory.snapshot.TestMemory.shelf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

class SnapshotTest extends SnapshotFixture {

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
  void leavesNothingThatLooksLikeASnapshotBehindAndKeepsTheLatestScheduledOnes() throws Exception {
    Files.createDirectories(home.resolve("snapshots/.taking-interrupted/passages"));
    Files.createDirectories(home.resolve("snapshots/.deleting-interrupted"));
    assertThat(shelf(home).list()).isEmpty();
    AtomicLong seconds = new AtomicLong(Instant.now().getEpochSecond());
    try (EventLog log = domain("schedule");
        TestMemory memory = new TestMemory(log, home, () -> Instant.ofEpochSecond(seconds.incrementAndGet()))) {
      assertThat(snapshots()).isEmpty();
      put(log, "page/1", "flour");
      memory.awaitAll(log);
      assertThat(memory.taker.latestScheduled()).isEmpty();
      memory.taker.take("mine", false);
      for (int i = 0; i < 4; i++) {
        memory.taker.take("auto-" + i, true);
        memory.taker.keep(2);
      }
      assertThat(snapshots()).containsExactlyInAnyOrder("mine", "auto-2", "auto-3");
      assertThat(memory.taker.latestScheduled()).contains(Instant.ofEpochSecond(seconds.get()));
      assertThatThrownBy(() -> memory.taker.take("mine", false)).hasMessageContaining("'mine' already");
      assertThatThrownBy(() -> memory.taker.take("a/b", false)).isInstanceOf(IllegalArgumentException.class);
      assertThat(snapshots()).hasSize(3);
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
          assertThat(snapshots()).containsExactly("kept");
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

  private List<String> snapshots() throws IOException {
    return filesIn(home.resolve("snapshots"));
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

  private static long behind(EventLog log, SnapshotManifest manifest) {
    return LogFollower.lag(log, IndexView.TOPICS, manifest.view("passages").facts())
        + LogFollower.lag(log, DocumentView.TOPICS, manifest.view("documents").facts());
  }
}
