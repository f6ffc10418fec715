// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * An append-only, partitioned, durable log with compacted topics. What was acknowledged survives the death of any
 * process; records of one key keep their order. The contract is tested by {@code EventLogContract}.
 */
public interface EventLog extends AutoCloseable {

  /**
   * Appends a record.
   *
   * @param key decides the partition and, on compacted topics, the identity
   * @param value JSON in UTF-8, or null to delete the key of a compacted topic
   * @return completes when the record is durable, or exceptionally with {@link EventLogUnavailable}
   */
  CompletableFuture<Position> append(Topic topic, String key, byte @Nullable [] value);

  /**
   * Opens a reader.
   *
   * @param from the offset to begin with for each partition; partitions that are missing begin at the start
   */
  LogReader reader(Topic topic, Map<Integer, Long> from);

  /** Returns, for each partition, the offset that the next record will get. */
  Map<Integer, Long> end(Topic topic);

  /** Returns, for each partition, the first offset that the log still has, or may have: compaction leaves gaps after it. */
  Map<Integer, Long> begin(Topic topic);

  /**
   * Returns what tells this topic from every other one, also from one of the same name that was made anew. A copy of the broker's
   * files keeps it, and so do restarts.
   */
  String identity(Topic topic);

  /** Returns client properties for engines that read the log by themselves, among them {@code bootstrap.servers}. */
  Map<String, String> connection();

  /** Returns the domain whose topics these are. */
  String domain();

  @Override
  void close();
}
