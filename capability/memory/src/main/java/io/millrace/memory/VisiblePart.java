// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Access;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The passages of one segment that a reader may see, and what BM25 has to know of them. Deleted ones do not count. It holds
 * nothing of the segment itself, which is passed to whatever needs it.
 */
final class VisiblePart {

  /** Terms of fewer passages are counted again each time: that takes microseconds. */
  private static final int WORTH_KEEPING = 500;

  private static final int MOST_KEPT = 2_000;

  /** About what an entry of the cache of counts takes. */
  private static final int ENTRY_BYTES = 128;

  /** All of it: nothing is labelled or deleted, so that the segment's own statistics hold. */
  static final VisiblePart WHOLE = new VisiblePart(null, Map.of());

  private final @Nullable FixedBitSet docs;
  private final Map<String, Extent> extents;
  private final Map<Term, Integer> counts = new ConcurrentHashMap<>();

  /** How many passages have text in a field, and how many words they have there together. */
  record Extent(int passages, long words) {
    static final Extent NONE = new Extent(0, 0);

    Extent plus(Extent other) {
      return new Extent(passages + other.passages, words + other.words);
    }
  }

  private VisiblePart(@Nullable FixedBitSet docs, Map<String, Extent> extents) {
    this.docs = docs;
    this.extents = extents;
  }

  /** Looks at each passage of a segment once. */
  static VisiblePart of(LeafReader leaf, Access access) throws IOException {
    Terms labels = leaf.terms(PassageFields.LABEL);
    Bits live = leaf.getLiveDocs();
    if (labels == null && live == null) {
      return WHOLE;
    }
    FixedBitSet docs = new FixedBitSet(leaf.maxDoc());
    docs.set(0, leaf.maxDoc());
    if (labels != null) {
      hide(labels, access, docs);
    }
    if (live != null) {
      live.applyMask(docs, 0);
    }
    Map<String, Extent> extents = new HashMap<>();
    for (String field : PassageFields.Text.fields()) {
      extents.put(field, extent(leaf, field, docs));
    }
    return new VisiblePart(docs, extents);
  }

  private static void hide(Terms labels, Access access, FixedBitSet docs) throws IOException {
    FixedBitSet held = new FixedBitSet(docs.length());
    TermsEnum each = labels.iterator();
    PostingsEnum postings = null;
    for (BytesRef label = each.next(); label != null; label = each.next()) {
      boolean holds = access.labels().contains(label.utf8ToString());
      postings = each.postings(postings, PostingsEnum.NONE);
      for (int doc = postings.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = postings.nextDoc()) {
        docs.clear(doc);
        if (holds) {
          held.set(doc);
        }
      }
    }
    docs.or(held);
  }

  private static Extent extent(LeafReader leaf, String field, FixedBitSet docs) throws IOException {
    NumericDocValues lengths = leaf.getNumericDocValues(PassageFields.Text.length(field));
    if (lengths == null) {
      return Extent.NONE;
    }
    int passages = 0;
    long words = 0;
    for (int doc = lengths.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = lengths.nextDoc()) {
      if (docs.get(doc)) {
        passages++;
        words += lengths.longValue();
      }
    }
    return new Extent(passages, words);
  }

  /** Returns which passages are visible; null for all. */
  @Nullable FixedBitSet docs() {
    return docs;
  }

  boolean sees(int doc) {
    return docs == null || docs.get(doc);
  }

  /** Returns how much text the visible passages have in a field. */
  Extent extent(LeafReader leaf, String field) throws IOException {
    if (docs != null) {
      return extents.getOrDefault(field, Extent.NONE);
    }
    Terms terms = leaf.terms(field);
    return terms == null ? Extent.NONE : new Extent(terms.getDocCount(), terms.getSumTotalTermFreq());
  }

  /** Returns how many visible passages have a term. */
  int count(LeafReader leaf, Term term) throws IOException {
    if (docs == null) {
      return leaf.docFreq(term);
    }
    Integer known = counts.get(term);
    if (known != null) {
      return known;
    }
    PostingsEnum postings = leaf.postings(term, PostingsEnum.NONE);
    if (postings == null) {
      return 0;
    }
    int seen = 0;
    int all = 0;
    for (int doc = postings.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = postings.nextDoc()) {
      all++;
      if (docs.get(doc)) {
        seen++;
      }
    }
    if (all >= WORTH_KEEPING && counts.size() < MOST_KEPT) {
      counts.put(new Term(term.field(), BytesRef.deepCopyOf(term.bytes())), seen);
    }
    return seen;
  }

  /** Returns what it takes in memory at most. */
  long bytes() {
    return docs == null ? ENTRY_BYTES : docs.ramBytesUsed() + Math.min(MOST_KEPT, docs.length() / 64L + 1) * ENTRY_BYTES;
  }
}
