// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The adapters of a model by name. One can be exchanged while requests run: those in flight finish on the old one, which is
 * freed with the last of them.
 */
final class AdapterShelf implements AutoCloseable {
  private final Map<String, Adapter> adapters = new TreeMap<>(); // guarded by this

  /** Puts an adapter under a name, in the place of another if there is one. The shelf owns it. */
  synchronized void put(String name, Adapter adapter) {
    if (name.isBlank() || name.length() > 128) {
      adapter.release();
      throw new IllegalArgumentException("adapter name '" + name + "' is not 1 to 128 characters long");
    }
    Adapter before = adapters.put(name, adapter);
    if (before != null) {
      before.release();
    }
  }

  /** Takes an adapter away; false if there is none of that name. */
  synchronized boolean remove(String name) {
    Adapter before = adapters.remove(name);
    if (before != null) {
      before.release();
    }
    return before != null;
  }

  /**
   * The adapter of a name, kept open for the caller until it releases it.
   *
   * @throws IllegalArgumentException listing those that there are
   */
  synchronized Adapter take(String name) {
    Adapter adapter = adapters.get(name);
    if (adapter == null) {
      throw new IllegalArgumentException("no adapter '" + name + "'; there are: "
          + (adapters.isEmpty() ? "none" : String.join(", ", adapters.keySet())));
    }
    adapter.retain();
    return adapter;
  }

  synchronized List<String> names() {
    return List.copyOf(adapters.keySet());
  }

  @Override
  public synchronized void close() {
    adapters.values().forEach(Adapter::release);
    adapters.clear();
  }
}
