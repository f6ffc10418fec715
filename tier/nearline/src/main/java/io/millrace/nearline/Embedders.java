// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Embedder;

import java.io.Serializable;

/**
 * Opens embedders where the work is done, which on a cluster is another process: so it travels, and the embedders do
 * not. Each one that was opened is closed by whoever opened it.
 */
@FunctionalInterface
public interface Embedders extends Serializable {

  /**
   * Opens an embedder for texts of a language.
   *
   * @param threads processors that it may use
   */
  Embedder open(Language language, int threads);
}
