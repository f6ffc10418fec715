// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import java.util.List;
import java.util.Optional;

/** Finds documents of like content. Safe for use by several threads. */
public interface Neighbours {

  /**
   * Returns the documents whose content is most alike, best first, without the document itself.
   *
   * @param document whose neighbours; the list is empty while it is unknown, has no embedding yet, or may not be seen
   * @param limit how many at most
   * @param access what the reader may see
   */
  List<Neighbour> nearest(String document, int limit, Access access);

  /**
   * Returns the unit vector that stands for a document's content; empty while there is none or the reader may not see the document. Vectors of documents in
   * different languages may have different dimensions and then cannot be compared.
   */
  Optional<float[]> embedding(String document, Access access);

  /**
   * A document of like content.
   *
   * @param document its identity
   * @param similarity cosine, from -1 to 1
   */
  record Neighbour(String document, double similarity) {}
}
