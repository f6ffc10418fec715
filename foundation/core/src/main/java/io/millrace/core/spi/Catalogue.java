// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** What is known of each document without opening it. Safe for use by several threads. */
public interface Catalogue {

  /** Returns a document's entry; null when there is no such document. */
  @Nullable Entry entry(String document);

  /**
   * Tells the listener of every document there is, and then of every change, one at a time and in order.
   *
   * @return closing it ends the subscription
   */
  Subscription subscribe(Consumer<Change> listener);

  /**
   * A document without its text.
   *
   * @param id its identity
   * @param kind what sort of page it is
   * @param path its place in the structure from the outside in
   * @param links what it points to
   * @param updatedAt when its content last changed
   */
  record Entry(
      String id,
      Language language,
      String kind,
      String title,
      List<String> path,
      List<Link> links,
      Instant updatedAt) {
    public Entry {
      path = List.copyOf(path);
      links = List.copyOf(links);
    }
  }

  /** Something changed. */
  sealed interface Change {
    /** A document was added, or replaced the one of the same identity. */
    record Put(Entry entry) implements Change {}

    /** A document was removed. */
    record Deleted(String document) implements Change {}
  }

  /** Ends a subscription when closed. */
  @FunctionalInterface
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
