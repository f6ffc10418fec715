// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.core.document.Labels;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** What is known of each document without opening it. Safe for use by several threads. */
public interface Catalogue {

  /** Returns a document's entry; null when there is no such document that the reader may see. */
  @Nullable Entry entry(String document, Access access);

  /**
   * Tells the listener of every document there is, and then of every change, one at a time and in order. Whoever listens
   * sees to it that readers get only what {@link Entry#labels()} let them see.
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
   * @param labels its access labels
   */
  record Entry(
      String id,
      Language language,
      String kind,
      String title,
      List<String> path,
      List<Link> links,
      Instant updatedAt,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Set<String> labels) {
    public Entry {
      path = List.copyOf(path);
      links = List.copyOf(links);
      labels = Labels.of(labels);
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
