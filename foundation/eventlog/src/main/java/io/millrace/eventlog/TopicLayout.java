// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.log.Topic;
import org.apache.kafka.clients.admin.NewTopic;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** How topics are made: what is kept how long. */
final class TopicLayout {

  /** Deletions stay visible so long, so that a view that was away meanwhile still learns of them. */
  private static final Duration DELETIONS = Duration.ofDays(30);

  /** A log that is not the truth about anything may forget after so long. */
  private static final Duration DEAD_LETTERS = Duration.ofDays(90);

  private TopicLayout() {}

  static NewTopic of(Topic topic, String domain, int replication) {
    Optional<Short> copies = replication == 0 ? Optional.empty() : Optional.of((short) replication);
    return new NewTopic(topic.name(domain), Optional.of(topic.partitions()), copies).configs(configuration(topic));
  }

  private static Map<String, String> configuration(Topic topic) {
    Map<String, String> settings = new HashMap<>();
    settings.put("max.message.bytes", Integer.toString(KafkaClients.LARGEST_RECORD));
    if (topic.compacted()) {
      settings.put("cleanup.policy", "compact");
      settings.put("delete.retention.ms", Long.toString(DELETIONS.toMillis()));
      settings.put("segment.bytes", "33554432");
      settings.put("segment.ms", Long.toString(Duration.ofHours(6).toMillis()));
      settings.put("min.cleanable.dirty.ratio", "0.3");
      if (topic == Topic.DOCUMENTS) {
        // A view that goes on from an old commit must see that a document was deleted before it was put again: what it makes of
        // documents, their earlier versions, would come back otherwise.
        settings.put("min.compaction.lag.ms", Long.toString(DELETIONS.toMillis()));
      }
    } else {
      settings.put("cleanup.policy", "delete");
      settings.put("retention.bytes", "-1");
      settings.put(
          "retention.ms", topic == Topic.DEAD_LETTERS ? Long.toString(DEAD_LETTERS.toMillis()) : "-1");
    }
    return settings;
  }
}
