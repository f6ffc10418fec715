// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.similarity.Shingles;

/**
 * The pages that no training sees. A page is on the same side in every run, whatever else the corpus holds, and all
 * its questions are on its side.
 *
 * @param percent share of the pages, from 1 to 50
 */
public record HeldOut(int percent) {

  public HeldOut {
    if (percent < 1 || percent > 50) {
      throw new IllegalArgumentException("held-out share of " + percent + " percent is not from 1 to 50");
    }
  }

  /** Returns whether a page is held out. */
  public boolean contains(String documentId) {
    return Long.remainderUnsigned(hash(documentId), 100) < percent;
  }

  /** A hash that is the same on every machine and in every version. */
  static long hash(String text) {
    long hash = 0;
    for (int i = 0; i < text.length(); i++) {
      hash = Shingles.mix(hash * 31 + text.charAt(i));
    }
    return Shingles.mix(hash);
  }
}
