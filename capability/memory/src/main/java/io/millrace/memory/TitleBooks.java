// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.memory.graph.PassageKeys;
import io.millrace.memory.graph.TitleBook;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.util.BytesRef;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The titles and headings in each segment, read once a segment: deletions do not change them, and whether somebody may see what bears
 * a title is asked when a text mentions it. About 8 kB a segment and 10 bytes a title. Safe for use by several threads.
 */
final class TitleBooks {

  private final Map<IndexReader.CacheKey, TitleBook> books = new ConcurrentHashMap<>();

  /** Returns those of all segments, reading what has not been read yet. */
  List<TitleBook> of(IndexReader reader) throws IOException {
    List<TitleBook> all = new ArrayList<>(reader.leaves().size());
    for (LeafReaderContext leaf : reader.leaves()) {
      all.add(of(leaf.reader()));
    }
    return all;
  }

  private TitleBook of(LeafReader leaf) throws IOException {
    IndexReader.CacheHelper segment = leaf.getCoreCacheHelper();
    if (segment == null) {
      return read(leaf);
    }
    TitleBook known = books.get(segment.getKey());
    if (known != null) {
      return known;
    }
    TitleBook book = read(leaf);
    if (books.put(segment.getKey(), book) == null) {
      segment.addClosedListener(books::remove);
    }
    return book;
  }

  private static TitleBook read(LeafReader leaf) throws IOException {
    Terms owned = leaf.terms(PassageFields.OWNS);
    if (owned == null) {
      return TitleBook.EMPTY;
    }
    TitleBook.Builder book = new TitleBook.Builder();
    TermsEnum each = owned.iterator();
    TermsEnum.SeekStatus at = each.seekCeil(new BytesRef(String.valueOf(PassageKeys.NAME)));
    for (BytesRef key = at == TermsEnum.SeekStatus.END ? null : each.term();
        key != null && key.bytes[key.offset] == PassageKeys.NAME;
        key = each.next()) {
      book.add(key.utf8ToString().substring(1));
    }
    return book.build();
  }

  int size() {
    return books.size();
  }
}
