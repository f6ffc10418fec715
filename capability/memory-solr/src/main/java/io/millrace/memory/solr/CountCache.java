// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.spi.Access;
import io.millrace.memory.SoughtWords.FieldWord;
import io.millrace.memory.WordCounts;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What was counted of late, by reader: popular words are not counted again for each question. It lasts seconds, and only until something is
 * written here; other gateways' changes are seen when it is over. Safe for use by several threads.
 */
final class CountCache {

  private static final Duration LASTS = Duration.ofSeconds(5);
  private static final int MOST_READERS = 1_000;
  private static final int MOST_WORDS = 2_000;

  /** Guarded by {@code this}; least recently used first. */
  private final Map<Access, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

  private long generation;

  private record Kept(long since, Map<String, WordCounts.Extent> extents, Map<FieldWord, Long> words) {}

  /** Returns what is known, if all of it is. */
  synchronized @Nullable WordCounts of(Access access, Set<FieldWord> words) {
    Kept known = kept.get(access);
    if (known == null || System.nanoTime() - known.since() > LASTS.toNanos() || !known.words().keySet().containsAll(words)) {
      return null;
    }
    Map<FieldWord, Long> asked = new HashMap<>();
    words.forEach(word -> asked.put(word, known.words().get(word)));
    return new WordCounts(known.extents(), asked);
  }

  /** Returns a number that changes whenever all is forgotten. */
  synchronized long generation() {
    return generation;
  }

  /**
   * Keeps what was counted.
   *
   * @param begun the generation in which counting began: what was counted before a change is of no use after it
   */
  synchronized void keep(Access access, WordCounts counts, long begun) {
    if (begun != generation) {
      return;
    }
    Kept known = kept.get(access);
    if (known == null || System.nanoTime() - known.since() > LASTS.toNanos() || known.words().size() > MOST_WORDS) {
      known = new Kept(System.nanoTime(), counts.extents(), new HashMap<>());
    }
    known.words().putAll(counts.passages());
    kept.put(access, known);
    if (kept.size() > MOST_READERS) {
      kept.remove(kept.keySet().iterator().next());
    }
  }

  synchronized void clear() {
    kept.clear();
    generation++;
  }
}
