// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Document;
import io.millrace.core.document.Labels;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a reader may see. It is part of every question whose answer holds texts, titles, scores or counts of documents;
 * there is no default, so that nobody forgets to say for whom is asked.
 *
 * @param everything whether labels do not matter
 * @param labels that the reader holds; empty with {@code everything}
 */
public record Access(boolean everything, Set<String> labels) {

  /** All documents: for whoever owns the data, such as the person at a machine without keys. */
  public static final Access EVERYTHING = new Access(true, Set.of());

  /** Documents without labels only. */
  public static final Access UNLABELLED = new Access(false, Set.of());

  public Access {
    labels = everything ? Set.of() : Set.copyOf(labels);
  }

  /**
   * Returns the access of somebody who holds labels.
   *
   * @throws IllegalArgumentException when one is no label, naming it
   */
  public static Access of(Collection<String> labels) {
    labels.forEach(Labels::check);
    return new Access(false, Set.copyOf(labels));
  }

  /** Returns whether a document with such labels may be seen: it has none, or the reader holds one of them. */
  public boolean sees(Set<String> of) {
    return everything || of.isEmpty() || of.stream().anyMatch(labels::contains);
  }

  /** Returns whether all labels are held, which it takes to give them or to change what has them. */
  public boolean holds(Set<String> all) {
    return everything || labels.containsAll(all);
  }

  /** Returns those of some labels that the reader may know of. */
  public Set<String> heldOf(Set<String> some) {
    if (everything) {
      return some;
    }
    Set<String> held = new TreeSet<>(some);
    held.retainAll(labels);
    return held;
  }

  /** Returns a document as the reader may see it: without the labels of others. */
  public Document shown(Document document) {
    return everything || document.labels().isEmpty() ? document : document.withLabels(heldOf(document.labels()));
  }
}
