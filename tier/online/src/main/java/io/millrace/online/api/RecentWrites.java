// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was written through this gateway in the last seconds, so that a client sees its own writes although the views
 * of the log follow a moment later.
 */
final class RecentWrites {

  private static final Duration KEPT = Duration.ofSeconds(30);
  private static final int MOST = 1_000;
  private static final long MOST_BYTES = 16L << 20;

  /**
   * What was written.
   *
   * @param document null for a deletion
   * @param version that it got
   * @param bytes its size as JSON
   * @param at nanoseconds
   */
  record Write(@Nullable Document document, long version, int bytes, long at) {}

  // Guarded by this; oldest first.
  private final Map<String, Write> writes = new LinkedHashMap<>();
  private long bytes;

  synchronized void put(String id, @Nullable Document document, long version, int size) {
    remove(id);
    writes.put(id, new Write(document, version, size, System.nanoTime()));
    bytes += size;
    forgetOutdated();
    while (writes.size() > MOST || bytes > MOST_BYTES) {
      remove(writes.keySet().iterator().next());
    }
  }

  /** Returns the last write of an identity, if it was a moment ago. */
  synchronized Optional<Write> of(String id) {
    forgetOutdated();
    return Optional.ofNullable(writes.get(id));
  }

  /** Returns the identities below another that were put a moment ago. */
  synchronized List<String> below(String id) {
    forgetOutdated();
    return writes.entrySet().stream()
        .filter(write -> write.getKey().startsWith(id + "/") && write.getValue().document() != null).map(Map.Entry::getKey).toList();
  }

  private void forgetOutdated() {
    long now = System.nanoTime();
    while (!writes.isEmpty()) {
      Map.Entry<String, Write> oldest = writes.entrySet().iterator().next();
      if (now - oldest.getValue().at() <= KEPT.toNanos()) {
        return;
      }
      remove(oldest.getKey());
    }
  }

  private void remove(String id) {
    Write write = writes.remove(id);
    bytes -= write == null ? 0 : write.bytes();
  }
}
