// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Access;
import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What is known of documents before any question is asked (Craswell, Robertson, Zaragoza and Taylor, "Relevance Weighting for Query
 * Independent Evidence", SIGIR 2005). It judges candidates and proposes none. Safe for use by several threads.
 */
public interface DocumentPriors {

  /** Nothing is known of any document. */
  DocumentPriors NONE =
      new DocumentPriors() {
        @Override
        public @Nullable Instant since(String document) {
          return null;
        }

        @Override
        public double use(String document, Access access, Instant now) {
          return 0;
        }
      };

  /** Returns since when a document says what it says, or may be found where that came later; null where it is not known. */
  @Nullable Instant since(String document);

  /**
   * Returns of what use a document is to the reader and those of the reader's tenant: what others do with a document that both see is none
   * of the reader's business, except for whoever sees everything.
   *
   * @param access of a reader who may see the document
   */
  double use(String document, Access access, Instant now);
}
