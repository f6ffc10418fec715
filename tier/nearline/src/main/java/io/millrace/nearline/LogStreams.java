// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** Where streams come from the event log and go back to it. */
final class LogStreams {

  /** As large as the event log lets a record be. */
  private static final String LARGEST_RECORD = Integer.toString(16 * 1024 * 1024);

  private final String domain;
  private final Map<String, String> connection;

  LogStreams(EventLog log) {
    this.domain = log.domain();
    this.connection = new HashMap<>(log.connection());
  }

  /** Reads a topic from its start, or from where the restored state says. */
  DataStream<Incoming> read(
      StreamExecutionEnvironment environment, Topic topic, WatermarkStrategy<Incoming> watermarks) {
    Properties properties = new Properties();
    properties.putAll(connection);
    properties.put("commit.offsets.on.checkpoint", "false"); // They are in the checkpoint, and nobody else asks.
    properties.put("enable.metrics.push", "false");
    KafkaSource<Incoming> source =
        KafkaSource.<Incoming>builder()
            .setBootstrapServers(connection.getOrDefault("bootstrap.servers", ""))
            .setTopics(topic.name(domain))
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setProperties(properties)
            .setDeserializer(new Reading())
            .build();
    return environment.fromSource(source, watermarks, topic.suffix()).uid("source-" + topic.suffix());
  }

  /**
   * Writes records to their topics. After a failure some are written again, with the same keys and, in the end, the
   * same values: views keep the last value of a key, so that changes nothing.
   */
  void write(DataStream<Outgoing> records) {
    Properties properties = new Properties();
    properties.put("acks", "all");
    properties.put("linger.ms", "1");
    properties.put("compression.type", "lz4");
    properties.put("max.request.size", LARGEST_RECORD);
    properties.put("enable.metrics.push", "false");
    properties.putAll(connection);
    KafkaSink<Outgoing> sink =
        KafkaSink.<Outgoing>builder()
            .setBootstrapServers(connection.getOrDefault("bootstrap.servers", ""))
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .setKafkaProducerConfig(properties)
            .setRecordSerializer(new Writing(domain))
            .build();
    records.sinkTo(sink).name("views").uid("sink");
  }

  private static final class Reading implements KafkaRecordDeserializationSchema<Incoming> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Incoming> out) {
      String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
      out.collect(new Incoming(key, record.value(), record.partition(), record.offset()));
    }

    @Override
    public TypeInformation<Incoming> getProducedType() {
      return TypeInformation.of(Incoming.class);
    }
  }

  private record Writing(String domain) implements KafkaRecordSerializationSchema<Outgoing> {
    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Outgoing record, KafkaSinkContext context, Long timestamp) {
      return new ProducerRecord<>(
          record.topic().name(domain), record.key().getBytes(StandardCharsets.UTF_8), record.value());
    }
  }
}
