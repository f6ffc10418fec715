// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * A record on its way out.
 *
 * @param topic where to
 * @param key its identity there
 * @param value JSON; null deletes the key
 */
@SuppressWarnings("ArrayRecordComponent")
public record Outgoing(Topic topic, String key, byte @Nullable [] value) {

  static Outgoing of(Topic topic, String key, Object value) {
    return new Outgoing(topic, key, Json.bytes(value));
  }

  static Outgoing deletion(Topic topic, String key) {
    return new Outgoing(topic, key, null);
  }

  /** Keeps aside what cannot be processed. */
  static Outgoing deadLetter(Topic from, Incoming record, Exception failure) {
    String source = from.suffix() + " " + record.partition() + ":" + record.offset() + " " + record.key();
    byte[] value = record.value();
    String excerpt = value == null ? "" : new String(value, StandardCharsets.UTF_8);
    String reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    return of(Topic.DEAD_LETTERS, source, new DeadLetter(source, reason, excerpt, Instant.now()));
  }
}
