// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Access;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.CollectionStatistics;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermStatistics;
import org.apache.lucene.search.similarities.Similarity;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * What a reader may see of one snapshot of the index. Scores are those of an index that holds nothing else: BM25's number of
 * passages, its mean length of a field and the passages that a term stands in are counted over what is visible.
 *
 * <p>Statistics over all documents tell of those that may not be seen: whoever can write a document of their own learns
 * from its score how many others have a word (Büttcher and Clarke, "A Security Model for Full-Text File System Search
 * in Multi-User Environments", FAST 2005).
 */
final class Sight {

  private final IndexReader reader;

  /** One a segment; null where nothing is labelled or deleted in any of them, or labels do not matter. */
  private final @Nullable List<VisiblePart> parts;

  private final Map<String, VisiblePart.Extent> extents = new HashMap<>();

  /** Counted elsewhere, where the snapshot holds only a few of the passages that are searched; null otherwise. */
  private final @Nullable WordCounts counted;

  private final @Nullable Query visible;

  private Sight(IndexReader reader, @Nullable List<VisiblePart> parts) throws IOException {
    this.reader = reader;
    this.parts = parts;
    this.counted = null;
    this.visible = parts == null ? null : new VisibleQuery(parts);
    if (parts != null) {
      for (String field : PassageFields.Text.fields()) {
        extents.put(field, total(parts, field));
      }
    }
  }

  private Sight(IndexReader reader, WordCounts counted, Query visible) {
    this.reader = reader;
    this.parts = null;
    this.counted = counted;
    this.visible = visible;
  }

  /**
   * Returns the sight of a few passages out of many that lie elsewhere: they are judged by the counts of them all.
   *
   * @param visible matches the passages that may be seen
   */
  static Sight of(IndexReader reader, WordCounts counted, Query visible) {
    return new Sight(reader, counted, visible);
  }

  /** Returns what may be seen of a snapshot. */
  static Sight of(IndexReader reader, Access access, VisibleParts cache) throws IOException {
    List<VisiblePart> parts = access.everything() ? null : cache.of(reader, access);
    boolean whole = parts == null || parts.stream().allMatch(VisiblePart.WHOLE::equals);
    return new Sight(reader, whole ? null : parts);
  }

  /** Returns whether everything may be seen, so that nothing has to be counted or filtered. */
  boolean whole() {
    return parts == null && counted == null;
  }

  /** Returns whether any visible passage has text in a field. */
  boolean holds(String field) {
    if (counted != null) {
      return counted.holds(field);
    }
    return parts == null || extents.getOrDefault(field, VisiblePart.Extent.NONE).passages() > 0;
  }

  boolean sees(int doc) {
    if (parts == null) {
      return true;
    }
    int leaf = ReaderUtil.subIndex(doc, reader.leaves());
    return parts.get(leaf).sees(doc - reader.leaves().get(leaf).docBase);
  }

  /** Returns whether a passage of a segment is there and may be seen: unlike {@link #sees(int)}, also where nothing is filtered. */
  boolean sees(LeafReaderContext leaf, int doc) {
    if (parts != null) {
      return parts.get(leaf.ord).sees(doc);
    }
    Bits live = leaf.reader().getLiveDocs();
    return live == null || live.get(doc);
  }

  /** Returns what keeps the invisible out of a search; null where nothing is. */
  @Nullable Query filter() {
    return visible;
  }

  /** Returns a searcher whose statistics are those of the visible passages; searches still need the {@link #filter}. */
  IndexSearcher searcher(Similarity similarity) {
    IndexSearcher searcher = whole() ? new IndexSearcher(reader, threads()) : new Counting(reader, threads());
    searcher.setSimilarity(similarity);
    return searcher;
  }

  /** Returns the threads among which a search is shared out; null where one does all of it. */
  @Nullable Executor threads() {
    return SearchThreads.of(reader);
  }

  private VisiblePart.Extent total(List<VisiblePart> all, String field) throws IOException {
    VisiblePart.Extent sum = VisiblePart.Extent.NONE;
    for (LeafReaderContext leaf : reader.leaves()) {
      sum = sum.plus(all.get(leaf.ord).extent(leaf.reader(), field));
    }
    return sum;
  }

  private int passagesWith(List<VisiblePart> all, Term term) throws IOException {
    int sum = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      sum += all.get(leaf.ord).count(leaf.reader(), term);
    }
    return sum;
  }

  /** BM25 reads of each pair of numbers the first one only; the others are as small as Lucene lets them be. */
  private final class Counting extends IndexSearcher {
    Counting(IndexReader reader, @Nullable Executor threads) {
      super(reader, threads);
    }

    /** A term that no visible passage has is said to stand in one: then there is none whose score that could change. */
    @Override
    public TermStatistics termStatistics(Term term, int docFreq, long totalTermFreq) throws IOException {
      long seen = docFreq;
      if (counted != null) {
        seen = Math.max(1, counted.passagesWith(term.field(), term.text()));
      } else if (parts != null) {
        seen = Math.max(1, passagesWith(parts, term));
      }
      return new TermStatistics(term.bytes(), seen, seen);
    }

    @Override
    public @Nullable CollectionStatistics collectionStatistics(String field) throws IOException {
      if (counted != null && PassageFields.Text.fields().contains(field)) {
        WordCounts.Extent all = counted.extents().get(field);
        return all == null
            ? null
            : new CollectionStatistics(field, all.passages(), all.passages(), all.words(), all.passages());
      }
      VisiblePart.Extent extent = extents.get(field);
      if (extent == null) {
        return super.collectionStatistics(field); // not a text: nothing is scored by it
      }
      return extent.passages() == 0
          ? null
          : new CollectionStatistics(field, extent.passages(), extent.passages(), extent.words(), extent.passages());
    }
  }
}
