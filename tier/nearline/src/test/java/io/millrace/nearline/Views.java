// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The latest value of each key of a topic, as a gateway sees it. */
final class Views implements AutoCloseable {

  private final LogReader reader;
  private final Map<String, byte[]> latest = new HashMap<>();
  private final List<LogRecord> all = new ArrayList<>();

  Views(EventLog log, Topic topic) {
    reader = log.reader(topic, Map.of());
  }

  Views refresh() {
    for (List<LogRecord> records = reader.poll(Duration.ofMillis(50));
        !records.isEmpty();
        records = reader.poll(Duration.ofMillis(5))) {
      for (LogRecord record : records) {
        all.add(record);
        latest.put(record.key(), record.value());
      }
    }
    return this;
  }

  boolean has(String key) {
    return latest.get(key) != null;
  }

  boolean deleted(String key) {
    return latest.containsKey(key) && latest.get(key) == null;
  }

  <T> @Nullable T get(String key, Class<T> type) {
    byte[] value = latest.get(key);
    return value == null ? null : Json.read(value, type);
  }

  Map<String, byte[]> latest() {
    return latest;
  }

  List<LogRecord> all() {
    return all;
  }

  @Override
  public void close() {
    reader.close();
  }
}
