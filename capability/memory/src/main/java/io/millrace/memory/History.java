// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Brings versions that were replaced into {@link Topic#HISTORY}, and takes out those beyond the number that is kept.
 * Each gateway does so; they write the same values under the same keys. Confined to the follower's thread.
 */
final class History {

  private static final int REMEMBERED = 10_000;

  private final EventLog log;
  private final DocumentStore store;
  private final int kept;

  /** Appended and not known to be acknowledged, by key. A value of null deletes. */
  private final Map<String, Sent> sent = new LinkedHashMap<>();

  /** Documents that were deleted lately, whose versions may still be on their way; oldest first. */
  private final Set<String> deleted =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > REMEMBERED;
            }
          });

  /** Documents of which versions came since the last refresh. */
  private final Set<String> touched = new HashSet<>();

  @SuppressWarnings("ArrayRecordComponent")
  private record Sent(byte @Nullable [] value, CompletableFuture<Position> acknowledged) {}

  /**
   * A history.
   *
   * @param kept how many earlier versions of a document to keep
   */
  History(EventLog log, DocumentStore store, int kept) {
    this.log = log;
    this.store = store;
    this.kept = kept;
  }

  static String key(String document, long number) {
    return document + "@" + number;
  }

  /** Returns the version that a key names. */
  static long number(String key) {
    int at = key.lastIndexOf('@');
    try {
      return Long.parseLong(key.substring(at + 1));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("the key '" + key + "' names no version: it must be document@number", e);
    }
  }

  /** Keeps a version that another takes the place of. */
  void replaced(DocumentVersion version) {
    if (kept > 0) {
      append(key(version.document().id(), version.number()), Json.bytes(version.document()));
    }
  }

  /** Forgets a document that was deleted: who deletes something means all of it. */
  void deleted(String document) {
    store.earlier(document).forEach(version -> append(key(document, version.number()), null));
    List.copyOf(sent.keySet()).stream().filter(key -> of(key).equals(document)).forEach(key -> append(key, null));
    deleted.add(document);
    touched.add(document);
  }

  /** Hears that a version is in the log. */
  void arrived(String key) {
    touched.add(of(key));
  }

  /** Takes out what is too much, once the store shows what came. */
  void trim() {
    for (String document : touched) {
      List<DocumentVersion> versions = store.earlier(document);
      boolean gone = store.current(document).isEmpty() && deleted.contains(document);
      int stay = gone ? 0 : kept;
      versions.stream().skip(stay).forEach(version -> append(key(document, version.number()), null));
    }
    touched.clear();
  }

  /**
   * Waits until the log has all that was appended.
   *
   * @throws EventLogUnavailable when it does not take something, which is appended again the next time
   */
  void settle() {
    List<String> done = new ArrayList<>();
    try {
      for (Map.Entry<String, Sent> each : sent.entrySet()) {
        CompletableFuture<Position> acknowledged = each.getValue().acknowledged();
        if (acknowledged.isCompletedExceptionally()) {
          acknowledged = log.append(Topic.HISTORY, each.getKey(), each.getValue().value());
          each.setValue(new Sent(each.getValue().value(), acknowledged));
        }
        acknowledged.join();
        done.add(each.getKey());
      }
    } catch (CompletionException e) {
      if (e.getCause() instanceof EventLogUnavailable unavailable) {
        throw unavailable;
      }
      throw e;
    } finally {
      done.forEach(sent::remove);
    }
  }

  private void append(String key, byte @Nullable [] value) {
    sent.put(key, new Sent(value, log.append(Topic.HISTORY, key, value)));
  }

  private static String of(String key) {
    int at = key.lastIndexOf('@');
    return at < 0 ? key : key.substring(0, at);
  }
}
