// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class NearlineRecoveryTest {

  private static final Duration CHECKPOINTS = Duration.ofMillis(200);

  /** One broker for those tests that do not kill it. */
  @TempDir static Path broker;
  private static EventLog shared;

  @TempDir Path home;

  @BeforeAll
  static void startBroker() {
    shared = EventLogs.open(EventLogSettings.embedded("shared", broker));
  }

  @AfterAll
  static void stopBroker() {
    shared.close();
  }

  private static EventLog domain(String name) {
    return EventLogs.open(EventLogSettings.external(name, shared.connection().get("bootstrap.servers"), Map.of()));
  }

  @Test
  void keepsCountsExactWhenItsTasksFail() throws Exception {
    try (EventLog log = domain("tasks");
        Nearline nearline = Nearline.start(log, settings())) {
      click(log, 0, 200);
      awaitCheckpoint();
      click(log, 200, 300);
      nearline.flink().cluster().terminateTaskManager(0).get();
      nearline.flink().cluster().startTaskManager();
      click(log, 300, 400);
      Counts.of(log).assertViewsAgree(log, nearline);
      assertThat(nearline.status().pipeline("features").restarts()).isPositive();
    }
  }

  @Test
  void continuesAfterAKillWithoutLossOrDoubleCounting() throws Exception {
    Process child = start();
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      for (int i = 0; i < 120; i++) {
        assertThat(lines.readLine()).startsWith("appended");
      }
      awaitCheckpoint();
      for (int i = 0; i < 40; i++) {
        assertThat(lines.readLine()).startsWith("appended");
      }
      child.toHandle().destroyForcibly();
      child.waitFor();
    }
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("test", home.resolve("log")))) {
      Counts counts = Counts.of(log);
      assertThat(counts.byUser().values().stream().mapToLong(Long::longValue).sum()).isGreaterThanOrEqualTo(160);
      try (Nearline nearline = Nearline.start(log, settings())) {
        counts.assertViewsAgree(log, nearline);
        click(log, 0, 100); // All of them were appended before the kill.
        counts.assertViewsAgree(log, nearline);
      }
    }
  }

  @Test
  void continuesFromItsLastCheckpointAfterAnOrderlyStop() {
    try (EventLog log = domain("orderly")) {
      try (Nearline nearline = Nearline.start(log, settings())) {
        click(log, 0, 50);
        Counts.of(log).assertViewsAgree(log, nearline);
      }
      long written = log.end(Topic.USER_FEATURES).values().stream().mapToLong(Long::longValue).sum();
      try (Nearline nearline = Nearline.start(log, settings())) {
        click(log, 50, 51);
        Counts.of(log).assertViewsAgree(log, nearline);
        long now = log.end(Topic.USER_FEATURES).values().stream().mapToLong(Long::longValue).sum();
        assertThat(now).isEqualTo(written + 1);
      }
    }
  }

  @Test
  void beginsAfreshWhereACheckpointCannotBeRead() throws Exception {
    try (EventLog log = domain("afresh")) {
      try (Nearline nearline = Nearline.start(log, settings())) {
        click(log, 0, 50);
        Counts.of(log).assertViewsAgree(log, nearline);
      }
      Path latest = new Checkpoints(home.resolve("nearline/checkpoints/features")).latest().orElseThrow();
      Files.writeString(latest.resolve("_metadata"), "torn");
      try (Nearline nearline = Nearline.start(log, settings())) {
        click(log, 50, 60);
        Counts.of(log).assertViewsAgree(log, nearline);
      }
    }
  }

  private NearlineSettings settings() {
    return NearlineSettings.embedded(home, null).withCheckpointEvery(CHECKPOINTS);
  }

  private void awaitCheckpoint() {
    Awaitility.await().atMost(Duration.ofMinutes(4)).until(this::hasCheckpoint);
  }

  private boolean hasCheckpoint() {
    return new Checkpoints(home.resolve("nearline/checkpoints/features")).latest().isPresent();
  }

  private static void click(EventLog log, int from, int to) {
    for (int i = from; i < to; i++) {
      append(log, i);
    }
  }

  /** Every third event is appended twice. */
  private static void append(EventLog log, int i) {
    for (int copy = 0; copy < (i % 3 == 0 ? 2 : 1); copy++) {
      Samples.append(log, Samples.click("e" + i, "user" + i % 5, "lib/d" + i % 7, Instant.now()));
    }
  }

  private Process start() throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx768m",
            "-cp",
            System.getProperty("java.class.path"),
            ClicksForEver.class.getName(),
            home.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The program that is killed. */
  static final class ClicksForEver {
    public static void main(String[] args) {
      Path home = Path.of(args[0]);
      EventLog log = EventLogs.open(EventLogSettings.embedded("test", home.resolve("log")));
      Nearline.start(log, NearlineSettings.embedded(home, null).withCheckpointEvery(CHECKPOINTS));
      Stream.iterate(0, i -> i + 1)
          .forEach(
              i -> {
                append(log, i);
                System.out.println("appended " + i);
              });
    }
  }
}
