// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.time.Yielding;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.MergePolicy;

import java.io.IOException;

/**
 * Merges large segments with what processor time searches leave: building their graphs takes minutes of a processor. Small ones, which
 * follow each other closely while documents come in, are merged at once, also beside a large one: where too many wait, Lucene lets those who write
 * wait as well.
 */
final class YieldingMerges extends ConcurrentMergeScheduler {

  /** About 20,000 passages. */
  private static final long LARGE = 64L << 20;

  private static final int AT_ONCE = 3;
  private static final int MOST_WAITING = 16;

  YieldingMerges() {
    setMaxMergesAndThreads(MOST_WAITING, AT_ONCE);
  }

  @Override
  protected void doMerge(MergeSource source, MergePolicy.OneMerge merge) throws IOException {
    // Each merge has a thread of its own.
    if (merge.totalBytesSize() > LARGE) {
      Yielding.callingThread(Yielding.A_QUARTER);
    }
    super.doMerge(source, merge);
  }
}
