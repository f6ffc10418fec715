// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The event log on Kafka. An append is acknowledged when all in-sync replicas have the record; retries neither
 * duplicate nor reorder (idempotent producer, Kafka KIP-98).
 */
public final class KafkaEventLog implements EventLog {

  private final String domain;
  private final KafkaClients clients;
  private final KafkaProducer<String, byte[]> producer;
  private final Admin admin;
  private final Map<Topic, Integer> partitions = new EnumMap<>(Topic.class);

  /** Identities that the brokers gave the topics (Kafka KIP-516). */
  private final Map<Topic, String> identities = new EnumMap<>(Topic.class);

  private final Runnable afterClose;

  private KafkaEventLog(String domain, KafkaClients clients, int replication, Runnable afterClose) {
    this.domain = domain;
    this.clients = clients;
    this.afterClose = afterClose;
    this.admin = clients.admin();
    try {
      createTopics(replication);
      this.producer = clients.producer();
    } catch (RuntimeException e) {
      admin.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * Connects to brokers and makes the domain's topics where they are missing.
   *
   * @param properties further Kafka client properties
   * @param replication copies of each record; 0 for the brokers' default
   * @param patience how long to wait for brokers that do not answer
   * @param afterClose what to do when the log has been closed
   * @throws EventLogUnavailable when the brokers do not answer in time
   */
  public static KafkaEventLog connect(
      String domain,
      String bootstrapServers,
      Map<String, String> properties,
      int replication,
      Duration patience,
      Runnable afterClose) {
    return connect(domain, bootstrapServers, properties, replication, patience, afterClose, Optional::empty);
  }

  /** Connects to brokers of which something more is known when they do not answer, as above. */
  static KafkaEventLog connect(
      String domain,
      String bootstrapServers,
      Map<String, String> properties,
      int replication,
      Duration patience,
      Runnable afterClose,
      Supplier<Optional<String>> trouble) {
    KafkaClients clients;
    try {
      clients = new KafkaClients(bootstrapServers, properties, patience, trouble);
      return new KafkaEventLog(domain, clients, replication, afterClose);
    } catch (KafkaException e) {
      throw new EventLogUnavailable(
          "the event log at " + bootstrapServers + " cannot be used: " + reason(e) + "; check the address and the"
              + " client properties",
          e);
    }
  }

  @Override
  public CompletableFuture<Position> append(Topic topic, String key, byte @Nullable [] value) {
    CompletableFuture<Position> appended = new CompletableFuture<>();
    if (value == null && !topic.compacted()) {
      throw new IllegalArgumentException(
          "a null value deletes a key, but " + topic.name(domain) + " keeps every record: give it a value");
    }
    try {
      producer.send(
          new ProducerRecord<>(topic.name(domain), key, value),
          (metadata, failure) -> {
            if (failure == null) {
              appended.complete(new Position(metadata.partition(), metadata.offset()));
            } else {
              appended.completeExceptionally(refused(topic, key, value, failure));
            }
          });
    } catch (KafkaException | IllegalStateException e) {
      appended.completeExceptionally(refused(topic, key, value, e));
    }
    return appended;
  }

  @Override
  public LogReader reader(Topic topic, Map<Integer, Long> from) {
    return new KafkaLogReader(clients, partitionsOf(topic), from, () -> end(topic));
  }

  @Override
  public Map<Integer, Long> end(Topic topic) {
    return offsets(topic, OffsetSpec.latest());
  }

  @Override
  public Map<Integer, Long> begin(Topic topic) {
    return offsets(topic, OffsetSpec.earliest());
  }

  private Map<Integer, Long> offsets(Topic topic, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitionsOf(topic).forEach(partition -> asked.put(partition, which));
    Map<TopicPartition, ListOffsetsResult.ListOffsetsResultInfo> found = await(admin.listOffsets(asked).all());
    Map<Integer, Long> offsets = new TreeMap<>();
    found.forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
    return offsets;
  }

  @Override
  public String identity(Topic topic) {
    return Optional.ofNullable(identities.get(topic))
        .orElseThrow(() -> new EventLogUnavailable("the brokers do not know the topic " + topic.name(domain) + " yet: try again"));
  }

  @Override
  public Map<String, String> connection() {
    return clients.connection();
  }

  @Override
  public String domain() {
    return domain;
  }

  @Override
  public void close() {
    producer.close(clients.patience());
    admin.close(clients.patience());
    afterClose.run();
  }

  private void createTopics(int replication) {
    Set<String> existing = await(admin.listTopics().names());
    List<NewTopic> missing =
        Arrays.stream(Topic.values())
            .filter(topic -> !existing.contains(topic.name(domain)))
            .map(topic -> TopicLayout.of(topic, domain, replication))
            .toList();
    for (var created : admin.createTopics(missing).values().values()) {
      try {
        await(created);
      } catch (EventLogUnavailable e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
    List<String> names = Arrays.stream(Topic.values()).map(topic -> topic.name(domain)).toList();
    Map<String, TopicDescription> described = describe(names);
    for (Topic topic : Topic.values()) {
      TopicDescription description = described.get(topic.name(domain));
      if (description != null) {
        partitions.put(topic, description.partitions().size());
        identities.put(topic, description.topicId().toString());
      }
    }
    if (!missing.isEmpty()) {
      awaitLeaders();
    }
  }

  /**
   * Waits until each partition has a leader that knows that it is one, which only such a leader answers for. A producer that writes before may see the
   * first of several batches refused and the next ones taken, whereupon the first is out of order for as long as it is tried again.
   */
  private void awaitLeaders() {
    Map<TopicPartition, OffsetSpec> all = new HashMap<>();
    for (Topic topic : Topic.values()) {
      partitionsOf(topic).forEach(partition -> all.put(partition, OffsetSpec.latest()));
    }
    await(admin.listOffsets(all).all());
  }

  /** Brokers acknowledge a new topic before they all know of it, so the first answers may deny it. */
  private Map<String, TopicDescription> describe(List<String> names) {
    long end = System.nanoTime() + clients.patience().toNanos();
    while (true) {
      try {
        return await(admin.describeTopics(names).allTopicNames());
      } catch (EventLogUnavailable e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || System.nanoTime() - end > 0) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  private List<TopicPartition> partitionsOf(Topic topic) {
    int count = Optional.ofNullable(partitions.get(topic)).orElse(topic.partitions());
    return IntStream.range(0, count).mapToObj(partition -> new TopicPartition(topic.name(domain), partition)).toList();
  }

  private <T> T await(org.apache.kafka.common.KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw unavailable(clients, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(clients, e);
    }
  }

  private EventLogUnavailable refused(Topic topic, String key, byte @Nullable [] value, Exception failure) {
    if (failure instanceof RecordTooLargeException) {
      return new EventLogUnavailable(
          "the record '" + key + "' of " + topic.name(domain) + " has " + (value == null ? 0 : value.length)
              + " bytes, more than " + KafkaClients.LARGEST_RECORD + ": split it",
          failure);
    }
    return unavailable(clients, failure);
  }

  static EventLogUnavailable unavailable(KafkaClients clients, Throwable cause) {
    return new EventLogUnavailable(
        "the event log at " + clients.bootstrapServers() + " did not answer within "
            + clients.patience().toMillis() + " ms (" + reason(cause) + "); "
            + clients.trouble().orElse("check that the brokers run and can be reached, then try again"),
        cause);
  }

  private static String reason(Throwable failure) {
    Throwable root = failure.getCause() == null ? failure : failure.getCause();
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
