// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.time.Yielding;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.MergePolicy.OneMerge;
import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * Merges large segments with what processor time searches leave: building their graphs takes minutes of a processor. Small ones, which
 * follow each other closely while documents come in, are merged at once, also beside a large one: where too many wait, Lucene lets those who write
 * wait as well.
 */
final class YieldingMerges extends ConcurrentMergeScheduler {

  private static final Logger LOG = LoggerFactory.getLogger(YieldingMerges.class);

  /** About 20,000 passages. */
  private static final long LARGE = 64L << 20;

  private static final int AT_ONCE = 3;
  private static final int MOST_WAITING = 16;

  /** A thread inherits the niceness of the one that starts it, so threads of merges are not started by those of other merges. */
  private final ExecutorService starter =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("merge-starter").factory());

  YieldingMerges() {
    setMaxMergesAndThreads(MOST_WAITING, AT_ONCE);
  }

  @Override
  public void merge(MergeSource source, MergeTrigger trigger) throws IOException {
    if (trigger != MergeTrigger.MERGE_FINISHED) {
      super.merge(source, trigger);
      return;
    }
    try {
      starter.execute(
          () -> {
            try {
              super.merge(source, trigger);
            } catch (IOException | RuntimeException e) {
              LOG.debug("the next merge was not started: the next flush starts it", e);
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.debug("closed while a merge ended", e);
    }
  }

  /** The files of a merge, which tell what merge they are of. */
  private static final class MergeDirectory extends FilterDirectory {
    private final OneMerge merge;

    MergeDirectory(Directory in, OneMerge merge) {
      super(in);
      this.merge = merge;
    }
  }

  /** Returns the merge that writes into a directory; null if what is written there is no merge of this scheduler. */
  static @Nullable OneMerge mergeInto(Directory directory) {
    Directory inner = directory;
    while (inner instanceof FilterDirectory filter) {
      if (inner instanceof MergeDirectory own) {
        return own.merge;
      }
      inner = filter.getDelegate();
    }
    return null;
  }

  @Override
  public Directory wrapForMerge(OneMerge merge, Directory in) {
    return new MergeDirectory(super.wrapForMerge(merge, in), merge);
  }

  @Override
  public void close() throws IOException {
    starter.shutdown();
    super.close();
  }

  @Override
  protected void doMerge(MergeSource source, OneMerge merge) throws IOException {
    // Each merge has a thread of its own.
    if (merge.totalBytesSize() > LARGE) {
      Yielding.callingThread(Yielding.A_QUARTER);
    }
    super.doMerge(source, merge);
  }
}
