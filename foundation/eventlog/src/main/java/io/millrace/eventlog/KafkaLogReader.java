// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Position;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Reads given partitions without a consumer group: the caller keeps the offsets, next to what it made of them. */
final class KafkaLogReader implements LogReader {

  private final KafkaClients clients;
  private final KafkaConsumer<String, byte[]> consumer;
  private final List<TopicPartition> partitions;

  /**
   * Where each partition ends, asked over another connection: a broker answers a connection's requests one after the
   * other, so the consumer itself would hear of it only after its waiting fetch, half a second later.
   */
  private final Supplier<Map<Integer, Long>> end;

  /** Guards the consumer, which bears one thread at a time; {@link #close} waits for it after waking its holder. */
  private final ReentrantLock using = new ReentrantLock();

  private volatile boolean closed;
  private long lastContactNanos = System.nanoTime();

  KafkaLogReader(
      KafkaClients clients,
      List<TopicPartition> partitions,
      Map<Integer, Long> from,
      Supplier<Map<Integer, Long>> end) {
    this.clients = clients;
    this.end = end;
    this.partitions = List.copyOf(partitions);
    this.consumer = clients.consumer();
    consumer.assign(partitions);
    for (TopicPartition partition : partitions) {
      Long offset = from.get(partition.partition());
      if (offset == null) {
        consumer.seekToBeginning(List.of(partition));
      } else {
        consumer.seek(partition, offset);
      }
    }
  }

  @Override
  public List<LogRecord> poll(Duration atMost) {
    using.lock();
    try {
      if (closed) {
        return List.of();
      }
      ConsumerRecords<String, byte[]> found = consumer.poll(atMost);
      if (found.isEmpty()) {
        checkContact();
        return List.of();
      }
      lastContactNanos = System.nanoTime();
      List<LogRecord> records = new ArrayList<>(found.count());
      for (TopicPartition partition : partitions) {
        for (ConsumerRecord<String, byte[]> record : found.records(partition)) {
          records.add(
              new LogRecord(
                  new Position(record.partition(), record.offset()),
                  record.key() == null ? "" : record.key(),
                  record.value(),
                  Instant.ofEpochMilli(record.timestamp())));
        }
      }
      return records;
    } catch (WakeupException e) {
      return List.of();
    } catch (KafkaException e) {
      throw KafkaEventLog.unavailable(clients, e);
    } finally {
      using.unlock();
    }
  }

  @Override
  public Map<Integer, Long> position() {
    using.lock();
    try {
      Map<Integer, Long> positions = new TreeMap<>();
      for (TopicPartition partition : partitions) {
        positions.put(partition.partition(), consumer.position(partition));
      }
      return positions;
    } catch (KafkaException e) {
      throw KafkaEventLog.unavailable(clients, e);
    } finally {
      using.unlock();
    }
  }

  @Override
  public long lag() {
    using.lock();
    try {
      long lag = 0;
      Map<Integer, Long> ends = end.get();
      for (TopicPartition partition : partitions) {
        lag += Math.max(0, ends.getOrDefault(partition.partition(), 0L) - consumer.position(partition));
      }
      return lag;
    } catch (KafkaException e) {
      throw KafkaEventLog.unavailable(clients, e);
    } finally {
      using.unlock();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    consumer.wakeup();
    using.lock();
    try {
      consumer.close();
    } finally {
      using.unlock();
    }
  }

  /** A consumer waits for brokers for ever, so after long silence it is asked something that it must answer. */
  private void checkContact() {
    if (System.nanoTime() - lastContactNanos > clients.patience().toNanos()) {
      var _ = end.get();
      lastContactNanos = System.nanoTime();
    }
  }
}
