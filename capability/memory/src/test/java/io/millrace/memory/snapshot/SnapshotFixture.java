// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.log.EventLog;
import io.millrace.core.registry.DurableFiles;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import static io.millrace.memory.snapshot.TestMemory.shelf;

/** A folder for a memory and its snapshots, and one broker for the logs of all domains of a test class. */
abstract class SnapshotFixture {

  static final List<String> IDS = IntStream.range(0, 30).mapToObj(i -> "page/" + i).toList();

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

  SnapshotRestore.Restored restore(EventLog log, MemoryKind kind, String name) throws IOException {
    try (MemoryFolder folder = MemoryFolder.open(home.resolve("index"))) {
      return new SnapshotRestore(shelf(home), folder, kind, log).restore(name);
    }
  }

  Map<String, String> facts(String view) throws IOException {
    return facts(home.resolve("index").resolve(view));
  }

  static Map<String, String> facts(Path folder) throws IOException {
    try (FSDirectory directory = FSDirectory.open(folder)) {
      return SegmentInfos.readLatestCommit(directory).getUserData();
    }
  }

  void deleteIndex() throws IOException {
    DurableFiles.deleteTree(home.resolve("index"));
  }

  static EventLog domain(String name) {
    return EventLogs.open(EventLogSettings.external(name, shared.connection().get("bootstrap.servers"), Map.of()));
  }
}
