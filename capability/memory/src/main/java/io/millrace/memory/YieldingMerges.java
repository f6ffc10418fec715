// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.time.Yielding;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.MergePolicy;

import java.io.IOException;

/** Merges segments with what processor time searches leave: building the graph of a large one takes minutes of a processor. */
final class YieldingMerges extends ConcurrentMergeScheduler {

  @Override
  protected void doMerge(MergeSource source, MergePolicy.OneMerge merge) throws IOException {
    // Each merge has a thread of its own.
    Yielding.callingThread(Yielding.A_QUARTER);
    super.doMerge(source, merge);
  }
}
