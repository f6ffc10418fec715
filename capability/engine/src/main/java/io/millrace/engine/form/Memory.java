// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What was found out about tokens, for all forms of a vocabulary; of fixed size, what was not asked for longest goes
 * first. Safe for use by several threads: guarded by itself.
 */
final class Memory {
  private record State(Object owner, int state) {}

  private record Entry(Object value, long bytes) {}

  private final long most;
  private final Map<Object, Entry> entries = new LinkedHashMap<>(256, 0.75f, true);
  private long bytes;

  /** Room for so many bytes. */
  Memory(long most) {
    this.most = most;
  }

  /** What tokens do in a state of a rule, or of what several rules share. */
  Reach reach(Object owner, int state, Supplier<Reach> found) {
    State key = new State(owner, state);
    if (get(key) instanceof Reach known) {
      return known;
    }
    Reach reach = found.get();
    put(key, reach, reach.bytes());
    return reach;
  }

  /** Which tokens may follow. */
  Mask mask(Readings readings, Supplier<Mask> found) {
    if (get(readings) instanceof Mask known) {
      return known;
    }
    Mask mask = found.get();
    put(readings, mask, mask.tokens().bytes() + 256);
    return mask;
  }

  private synchronized @Nullable Object get(Object key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.value;
  }

  private synchronized void put(Object key, Object value, long size) {
    Entry before = entries.put(key, new Entry(value, size));
    bytes += size - (before == null ? 0 : before.bytes);
    Iterator<Entry> oldest = entries.values().iterator();
    while (bytes > most && oldest.hasNext()) {
      bytes -= oldest.next().bytes;
      oldest.remove();
    }
  }

  synchronized long bytes() {
    return bytes;
  }
}
