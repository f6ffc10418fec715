// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

/** Hears how far the reading of the content is. */
@FunctionalInterface
public interface CorpusProgress {

  /** Tells nobody. */
  CorpusProgress NONE = (done, all) -> {};

  /**
   * Called a few times a second.
   *
   * @param done pages read so far
   * @param all pages there are
   */
  void pages(long done, long all);
}
