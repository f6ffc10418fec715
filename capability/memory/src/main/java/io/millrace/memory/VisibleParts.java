// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Access;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@link VisiblePart}s that were needed of late, by segment and by what the reader may see. A refresh leaves most segments
 * as they are, so most parts go on to hold. Safe for use by several threads.
 */
final class VisibleParts {

  private final long mostBytes;

  /** Guarded by {@code this}, as is the sum; least recently used first. */
  private final Map<Key, VisiblePart> parts = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;

  /** A segment, with its deletions as of one moment, and a reader. */
  private record Key(IndexReader.CacheKey segment, Access access) {}

  /**
   * Makes an empty cache.
   *
   * @param mostBytes that it takes: a bit for each passage and set of labels, and some counts
   */
  VisibleParts(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** Returns the visible parts of all segments, in their order. */
  List<VisiblePart> of(IndexReader reader, Access access) throws IOException {
    List<VisiblePart> all = new ArrayList<>(reader.leaves().size());
    for (LeafReaderContext leaf : reader.leaves()) {
      all.add(of(leaf.reader(), access));
    }
    return List.copyOf(all);
  }

  private VisiblePart of(LeafReader leaf, Access access) throws IOException {
    IndexReader.CacheHelper segment = leaf.getReaderCacheHelper();
    if (segment == null) {
      return VisiblePart.of(leaf, access);
    }
    Key key = new Key(segment.getKey(), access);
    VisiblePart known = known(key);
    if (known != null) {
      return known;
    }
    VisiblePart made = VisiblePart.of(leaf, access);
    keep(key, made);
    return made;
  }

  private synchronized @Nullable VisiblePart known(Key key) {
    return parts.get(key);
  }

  private synchronized void keep(Key key, VisiblePart made) {
    VisiblePart before = parts.put(key, made);
    bytes += made.bytes() - (before == null ? 0 : before.bytes());
    Iterator<VisiblePart> oldest = parts.values().iterator();
    while (bytes > mostBytes && oldest.hasNext()) {
      bytes -= oldest.next().bytes();
      oldest.remove();
    }
  }

  synchronized int size() {
    return parts.size();
  }
}
