// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Makes Kafka's clients with one set of addresses, limits and credentials. */
final class KafkaClients {

  /** Largest record, in bytes: the vectors of a long document need some. */
  static final int LARGEST_RECORD = 16 * 1024 * 1024;

  private final Map<String, String> connection;
  private final Duration patience;
  private final Supplier<Optional<String>> trouble;

  /**
   * Settings of clients.
   *
   * @param trouble what is known to be wrong with the brokers; empty where nothing is
   */
  KafkaClients(
      String bootstrapServers, Map<String, String> properties, Duration patience, Supplier<Optional<String>> trouble) {
    this.trouble = trouble;
    Map<String, String> all = new HashMap<>(properties);
    all.put("bootstrap.servers", bootstrapServers);
    this.connection = Map.copyOf(all);
    this.patience = patience;
  }

  Map<String, String> connection() {
    return connection;
  }

  Optional<String> trouble() {
    return trouble.get();
  }

  Duration patience() {
    return patience;
  }

  String bootstrapServers() {
    return connection.getOrDefault("bootstrap.servers", "");
  }

  KafkaProducer<String, byte[]> producer() {
    Map<String, Object> properties = common();
    properties.put("acks", "all");
    properties.put("enable.idempotence", true);
    properties.put("linger.ms", 2);
    properties.put("compression.type", "lz4");
    properties.put("max.request.size", LARGEST_RECORD);
    properties.put("delivery.timeout.ms", (int) patience.toMillis());
    properties.put("request.timeout.ms", (int) Math.max(50, patience.toMillis() / 2));
    properties.put("max.block.ms", patience.toMillis());
    properties.putAll(connection);
    return new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
  }

  KafkaConsumer<String, byte[]> consumer() {
    Map<String, Object> properties = common();
    properties.put("enable.auto.commit", false);
    properties.put("auto.offset.reset", "earliest");
    properties.put("default.api.timeout.ms", (int) patience.toMillis());
    properties.put("request.timeout.ms", (int) Math.max(50, patience.toMillis() / 2));
    properties.putAll(connection);
    return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
  }

  Admin admin() {
    Map<String, Object> properties = common();
    properties.put("default.api.timeout.ms", (int) patience.toMillis());
    properties.put("request.timeout.ms", (int) Math.max(50, patience.toMillis() / 2));
    properties.putAll(connection);
    return Admin.create(properties);
  }

  private static Map<String, Object> common() {
    Map<String, Object> properties = new HashMap<>();
    properties.put("enable.metrics.push", false);
    properties.put("reconnect.backoff.ms", 50);
    properties.put("reconnect.backoff.max.ms", 1_000);
    return properties;
  }
}
