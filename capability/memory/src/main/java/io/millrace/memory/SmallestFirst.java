// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.index.SegmentCommitInfo;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Merges the small segments that refreshes leave before anybody searches them: each refresh makes one, however little came in, and a
 * segment takes a search time besides what it holds, most of it for looking words up. Larger ones are merged as Lucene does it.
 */
final class SmallestFirst extends TieredMergePolicy {

  /** Passages up to which a segment is small. */
  private static final int SMALL = 1_000;

  /** Small segments that are left alone, so that the same passages are not written again with each refresh. */
  private static final int TOLERATED = 3;

  @Override
  public MergeSpecification findFullFlushMerges(MergeTrigger trigger, SegmentInfos infos, MergeContext context) throws IOException {
    List<SegmentCommitInfo> small = new ArrayList<>();
    for (SegmentCommitInfo info : infos) {
      if (info.info.maxDoc() <= SMALL && !context.getMergingSegments().contains(info)) {
        small.add(info);
      }
    }
    if (small.size() <= TOLERATED) {
      return super.findFullFlushMerges(trigger, infos, context);
    }
    MergeSpecification merges = new MergeSpecification();
    merges.add(new OneMerge(small));
    return merges;
  }
}
