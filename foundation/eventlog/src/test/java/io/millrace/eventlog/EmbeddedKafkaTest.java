// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class EmbeddedKafkaTest {

  @TempDir Path directory;

  @Test
  void keepsWhatItAcknowledgedWhenItsProcessIsKilled() throws Exception {
    List<String> acknowledged = new ArrayList<>();
    Process child = start(AppendsForEver.class);
    try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
      while (acknowledged.size() < 300) {
        acknowledged.add(lines.readLine());
      }
      assertThatThrownBy(() -> EventLogs.open(EventLogSettings.embedded("kill", directory)))
          .isInstanceOf(DirectoryInUse.class)
          .hasMessageContaining("process " + child.pid())
          .hasMessageContaining("stop that one");
      child.toHandle().destroyForcibly(); // Process.destroyForcibly would close the pipe with what is in it.
      child.waitFor();
      for (String line = lines.readLine(); line != null && line.matches("\\d+:\\d+ \\d+"); line = lines.readLine()) {
        acknowledged.add(line);
      }
    }

    for (int restart = 0; restart < 2; restart++) {
      try (EventLog log = EventLogs.open(EventLogSettings.embedded("kill", directory));
          LogReader reader = log.reader(Topic.EVENTS, Map.of())) {
        List<String> found = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (found.size() < acknowledged.size() && System.nanoTime() < end) {
          for (LogRecord record : reader.poll(Duration.ofMillis(200))) {
            Position at = record.position();
            found.add(
                at.partition() + ":" + at.offset() + " " + new String(record.value(), StandardCharsets.UTF_8));
          }
        }
        assertThat(found).containsSubsequence(acknowledged);
        log.append(Topic.RANKER, "after", "{}".getBytes(StandardCharsets.UTF_8)).get(20, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void aBrokerWhoseDiskFailsTakesNothingMeanwhileGoesOnByItselfAndHasWhatItAcknowledged() throws Exception {
    List<String> acknowledged = new ArrayList<>();
    EmbeddedKafka broker = EmbeddedKafka.start(directory, 0);
    EventLogSettings settings =
        EventLogSettings.external("disk", broker.bootstrapServers(), Map.of()).withPatience(Duration.ofSeconds(3));
    try (EventLog log = EventLogs.open(settings)) {
      append(log, acknowledged);
      // Its files cannot be made or opened any more, as on a disk that is full or gone.
      Files.move(directory.resolve("data"), directory.resolve("away"));
      until(() -> !append(log, acknowledged));
      assertThat(append(log, acknowledged)).isFalse();
      assertThat(broker.trouble().orElse("")).contains(directory.toString());
      Files.move(directory.resolve("away"), directory.resolve("data"));
      until(() -> append(log, acknowledged));
      assertThat(broker.trouble()).isEmpty();
      try (LogReader reader = log.reader(Topic.EVENTS, Map.of())) {
        List<String> found = new ArrayList<>();
        until(
            () -> {
              reader.poll(Duration.ofMillis(200)).forEach(record -> found.add(new String(record.value(), StandardCharsets.UTF_8)));
              return found.contains(acknowledged.getLast());
            });
        assertThat(found).containsSubsequence(acknowledged);
      }
    } finally {
      broker.close();
    }
  }

  private static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
    }
  }

  /** Appends the next record and returns whether it was acknowledged. */
  private static boolean append(EventLog log, List<String> acknowledged) {
    String next = UUID.randomUUID().toString();
    try {
      log.append(Topic.EVENTS, "user", next.getBytes(StandardCharsets.UTF_8)).get(30, TimeUnit.SECONDS);
      acknowledged.add(next);
      return true;
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(EventLogUnavailable.class);
      return false;
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void saysThatThisProcessHoldsTheDirectoryAlready() {
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("twice", directory))) {
      assertThatThrownBy(() -> EventLogs.open(EventLogSettings.embedded("twice", directory)))
          .isInstanceOf(DirectoryInUse.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining(log.connection().get("bootstrap.servers"));
    }
    EventLogs.open(EventLogSettings.embedded("twice", directory)).close();
  }

  @Test
  void refusesAppendsWithinItsPatienceWhenTheBrokerIsGone() {
    EmbeddedKafka broker = EmbeddedKafka.start(directory, 0);
    EventLogSettings settings =
        EventLogSettings.external("gone", broker.bootstrapServers(), Map.of()).withPatience(Duration.ofSeconds(1));
    try (EventLog log = EventLogs.open(settings);
        LogReader reader = log.reader(Topic.EVENTS, Map.of())) {
      log.append(Topic.EVENTS, "user", new byte[] {'1'}).join();
      broker.close();
      CompletableFuture<Position> lost = log.append(Topic.EVENTS, "user", new byte[] {'2'});
      assertThatThrownBy(() -> lost.get(30, TimeUnit.SECONDS))
          .hasCauseInstanceOf(EventLogUnavailable.class)
          .hasMessageContaining(broker.bootstrapServers());
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 200; i++) {
                  reader.poll(Duration.ofMillis(100));
                }
              })
          .isInstanceOf(EventLogUnavailable.class)
          .hasMessageContaining(broker.bootstrapServers());
    } finally {
      broker.close();
    }
  }

  private Process start(Class<?> main) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            directory.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The program that is killed: it prints what was acknowledged, each line after the acknowledgement. */
  static final class AppendsForEver {
    public static void main(String[] args) {
      EventLog log = EventLogs.open(EventLogSettings.embedded("kill", Path.of(args[0])));
      for (int i = 0; i < 1_000_000; i++) {
        Position at =
            log.append(Topic.EVENTS, "user", Integer.toString(i).getBytes(StandardCharsets.UTF_8)).join();
        System.out.println(at.partition() + ":" + at.offset() + " " + i);
      }
    }
  }
}
