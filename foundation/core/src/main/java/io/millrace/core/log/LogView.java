// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import java.io.IOException;
import java.util.Map;

/**
 * Something computed from topics alone, which can therefore be thrown away and computed again. A {@link LogFollower}
 * calls it from one thread; views that are kept in memory only need {@link #apply} and {@link #clear}.
 */
public interface LogView {

  /**
   * Takes in a record. Applying a record once more must change nothing.
   *
   * @throws IllegalArgumentException when the record makes no sense; it is set aside as a dead letter
   * @throws IOException when the view's storage fails; it is reopened, and reading starts again at its last commit
   */
  void apply(Topic topic, LogRecord record) throws IOException;

  /** Drops everything. */
  void clear() throws IOException;

  /** Makes what was applied visible to those who ask the view. */
  default void refresh() throws IOException {}

  /**
   * Returns what could not be taken in since this was last asked, though {@link #apply} accepted it: keys with reasons. They are
   * set aside as dead letters.
   */
  default Map<String, String> refused() {
    return Map.of();
  }

  /** Makes what was applied durable, together with these facts. */
  default void commit(Map<String, String> facts) throws IOException {}

  /** Returns the facts of the last commit; empty when the view has to be computed from the beginning. */
  default Map<String, String> committed() {
    return Map.of();
  }

  /** Goes back to the last commit after a failure. */
  default void reopen() throws IOException {
    clear();
  }
}
