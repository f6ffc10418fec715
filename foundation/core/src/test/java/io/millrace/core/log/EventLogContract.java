// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What every {@link EventLog} does. Tests use keys of their own, so that one log can serve them all. */
public abstract class EventLogContract {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Returns the log under test. */
  protected abstract EventLog log();

  private final String key = "key-" + UUID.randomUUID();

  @Test
  void givesBackRecordsOfOneKeyInTheOrderOfTheirAppends() {
    Map<Integer, Long> before = log().end(Topic.EVENTS);
    List<CompletableFuture<Position>> appended = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      appended.add(log().append(Topic.EVENTS, key, bytes("value " + i)));
    }
    List<Position> positions = appended.stream().map(CompletableFuture::join).toList();

    try (LogReader reader = log().reader(Topic.EVENTS, before)) {
      List<LogRecord> records = read(reader, 500);
      assertThat(records).extracting(record -> text(record.value())).startsWith("value 0", "value 1").hasSize(500);
      assertThat(records).extracting(LogRecord::position).isEqualTo(positions);
      assertThat(records).extracting(LogRecord::key).containsOnly(key);
      assertThat(records).allSatisfy(
          record -> assertThat(record.at()).isBetween(Instant.now().minusSeconds(600), Instant.now().plusSeconds(60)));
      for (int i = 0; i < 500; i++) {
        assertThat(text(records.get(i).value())).isEqualTo("value " + i);
      }
    }
  }

  @Test
  void continuesWhereAReaderStopped() {
    Map<Integer, Long> from = log().end(Topic.EVENTS);
    for (int i = 0; i < 20; i++) {
      log().append(Topic.EVENTS, key + i, bytes("first " + i)).join();
    }
    try (LogReader reader = log().reader(Topic.EVENTS, from)) {
      read(reader, 20);
      from = new HashMap<>(reader.position());
      assertThat(reader.lag()).isZero();
    }
    log().append(Topic.EVENTS, key, bytes("second")).join();
    assertThat(log().end(Topic.EVENTS)).isNotEqualTo(from);
    try (LogReader reader = log().reader(Topic.EVENTS, from)) {
      assertThat(reader.lag()).isEqualTo(1);
      assertThat(read(reader, 1)).extracting(record -> text(record.value())).containsExactly("second");
    }
  }

  @Test
  void readsFromTheStartWhereNoOffsetIsGiven() {
    log().append(Topic.DOCUMENTS, key, bytes("a document")).join();
    try (LogReader reader = log().reader(Topic.DOCUMENTS, Map.of())) {
      int all = (int) log().end(Topic.DOCUMENTS).values().stream().mapToLong(Long::longValue).sum();
      assertThat(read(reader, all)).extracting(LogRecord::key).contains(key);
    }
  }

  @Test
  void passesDeletionsOn() {
    Map<Integer, Long> from = log().end(Topic.DOCUMENTS);
    log().append(Topic.DOCUMENTS, key, bytes("a document")).join();
    log().append(Topic.DOCUMENTS, key, null).join();
    try (LogReader reader = log().reader(Topic.DOCUMENTS, from)) {
      assertThat(read(reader, 2)).last().extracting(LogRecord::value).isNull();
    }
    assertThatThrownBy(() -> log().append(Topic.EVENTS, key, null).join())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keeps every record");
  }

  @Test
  void keepsRecordsOfAMegabyteAndMore() {
    Map<Integer, Long> from = log().end(Topic.VECTORS);
    byte[] large = new byte[3_000_000];
    new java.util.Random(7).nextBytes(large);
    log().append(Topic.VECTORS, key, large).join();
    try (LogReader reader = log().reader(Topic.VECTORS, from)) {
      assertThat(read(reader, 1).getFirst().value()).isEqualTo(large);
    }
  }

  @Test
  void wakesAReaderThatIsClosed() throws Exception {
    LogReader reader = log().reader(Topic.RANKER, log().end(Topic.RANKER));
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<List<LogRecord>> waiting = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  started.countDown();
                  waiting.complete(reader.poll(Duration.ofMinutes(5)));
                });
    started.await();
    reader.close();
    assertThat(waiting.get(30, TimeUnit.SECONDS)).isEmpty();
    thread.join();
    assertThat(reader.poll(Duration.ofSeconds(5))).isEmpty();
  }

  @Test
  void knowsWhereTopicsBeginAndWhichTheyAre() {
    log().append(Topic.DOCUMENTS, key, bytes("a document")).join();
    assertThat(log().begin(Topic.DOCUMENTS).keySet()).isEqualTo(log().end(Topic.DOCUMENTS).keySet());
    log().begin(Topic.DOCUMENTS)
        .forEach((partition, first) -> assertThat(first).isNotNegative().isLessThanOrEqualTo(log().end(Topic.DOCUMENTS).get(partition)));
    assertThat(log().identity(Topic.DOCUMENTS)).isNotBlank().isEqualTo(log().identity(Topic.DOCUMENTS));
    assertThat(log().identity(Topic.DOCUMENTS)).isNotEqualTo(log().identity(Topic.PASSAGES));
  }

  @Test
  void namesTopicsByDomain() {
    assertThat(log().connection()).containsKey("bootstrap.servers");
    assertThat(Topic.DOCUMENTS.name(log().domain())).isEqualTo(log().domain() + ".documents");
  }

  /** Reads until so many records have come. */
  protected static List<LogRecord> read(LogReader reader, int count) {
    List<LogRecord> records = new ArrayList<>();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (records.size() < count && System.nanoTime() < end) {
      records.addAll(reader.poll(Duration.ofMillis(200)));
    }
    assertThat(records).hasSize(count);
    return records;
  }

  protected static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  protected static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
