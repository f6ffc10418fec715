// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import java.util.List;
import java.util.Optional;

/** Finds documents of like content. Safe for use by several threads. */
public interface Neighbours {

  /**
   * Returns the documents whose content is most alike, best first, without the document itself.
   *
   * @param document whose neighbours; the list is empty while it is unknown or has no embedding yet
   * @param limit how many at most
   */
  List<Neighbour> nearest(String document, int limit);

  /**
   * Returns the unit vector that stands for a document's content; empty while there is none. Vectors of documents in
   * different languages may have different dimensions and then cannot be compared.
   */
  Optional<float[]> embedding(String document);

  /**
   * A document of like content.
   *
   * @param document its identity
   * @param similarity cosine, from -1 to 1
   */
  record Neighbour(String document, double similarity) {}
}
