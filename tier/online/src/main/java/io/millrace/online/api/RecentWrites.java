// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was written through this gateway in the last seconds, so that a client sees its own writes although the views
 * of the log follow a moment later.
 */
final class RecentWrites {

  private static final Duration KEPT = Duration.ofSeconds(30);
  private static final int MOST = 1_000;

  /** What was written: a document, or null for a deletion. */
  record Write(@Nullable Document document, long at) {}

  // Guarded by this; oldest first.
  private final Map<String, Write> writes = new LinkedHashMap<>();

  synchronized void put(String id, @Nullable Document document) {
    long now = System.nanoTime();
    writes.remove(id);
    writes.put(id, new Write(document, now));
    writes.values().removeIf(write -> now - write.at() > KEPT.toNanos());
    while (writes.size() > MOST) {
      writes.remove(writes.keySet().iterator().next());
    }
  }

  /** Returns the last write of an identity, if it was a moment ago. */
  synchronized Optional<Write> of(String id) {
    return Optional.ofNullable(writes.get(id)).filter(write -> System.nanoTime() - write.at() <= KEPT.toNanos());
  }
}
