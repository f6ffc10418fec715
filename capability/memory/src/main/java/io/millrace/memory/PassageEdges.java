// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import io.millrace.memory.graph.Edges;
import io.millrace.memory.graph.Entities;
import io.millrace.memory.graph.PassageKeys;
import io.millrace.memory.graph.TitleBook;
import io.millrace.memory.graph.Walk;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The graph of passages in one snapshot of the index, as one reader sees it at one moment: passages that may not be seen, or whose time
 * is over, are not there. For one search; only {@link #ofEach} uses further threads.
 */
final class PassageEdges implements Edges {

  /** Titles that a passage mentions in running text, at most. */
  private static final int MOST_TITLES = 8;

  /** Characters in which a question's names are looked for. */
  private static final int LONGEST_QUESTION = 1_000;

  private final IndexReader reader;
  private final Sight sight;
  private final long now;
  private final List<TitleBook> books;
  private final @Nullable Executor threads;
  private final int most;
  private final List<@Nullable TermsEnum> owners;
  private final List<@Nullable TermsEnum> holders;
  private final Map<Integer, Node> nodes = new HashMap<>();
  private final Map<String, End> ends = new HashMap<>();
  private final Set<Integer> readers;

  /** One for each further thread, with terms and memory of its own. */
  private final List<PassageEdges> beside = new ArrayList<>();

  /**
   * Looks at a snapshot.
   *
   * @param now the moment at which passages must be valid
   * @param threads to look at several passages at once; null to do without
   * @param shares in which they are looked at, at most
   */
  PassageEdges(Sight sight, IndexReader reader, TitleBooks books, Instant now, @Nullable Executor threads, int shares) throws IOException {
    this(sight, reader, books.of(reader), now.toEpochMilli(), threads, shares, new HashSet<>());
  }

  private PassageEdges(
      Sight sight, IndexReader reader, List<TitleBook> books, long now, @Nullable Executor threads, int most, Set<Integer> readers)
      throws IOException {
    this.reader = reader;
    this.threads = threads;
    this.most = most;
    this.sight = sight;
    this.now = now;
    this.books = books;
    this.readers = readers;
    this.owners = terms(reader, PassageFields.OWNS);
    this.holders = terms(reader, PassageFields.HOLDS);
  }

  private static List<@Nullable TermsEnum> terms(IndexReader reader, String field) throws IOException {
    List<@Nullable TermsEnum> all = new ArrayList<>(reader.leaves().size());
    for (LeafReaderContext leaf : reader.leaves()) {
      Terms terms = leaf.reader().terms(field);
      all.add(terms == null ? null : terms.iterator());
    }
    return all;
  }

  /** Lets a walk also leave a passage by the titles that its text mentions without any shape; that takes reading the text. */
  void readText(Node node) {
    readers.add(node.number());
  }

  /** Returns the keys of what a question names. */
  List<String> named(String question) throws IOException {
    String some = question.substring(0, Math.min(question.length(), LONGEST_QUESTION));
    Set<String> keys = new LinkedHashSet<>();
    Entities.of(some).forEach(name -> keys.add(PassageKeys.NAME + name));
    keys.addAll(titlesIn(some));
    return List.copyOf(keys);
  }

  private List<String> titlesIn(String text) throws IOException {
    List<String> titles =
        TitleBook.mentioned(
            Entities.normalise(text), books, MOST_TITLES, title -> !owners(PassageKeys.NAME + title).nodes().isEmpty());
    return titles.stream().map(title -> PassageKeys.NAME + title).toList();
  }

  /** Returns a passage by its number. */
  Node node(int doc) throws IOException {
    Node known = nodes.get(doc);
    return known != null ? known : new Columns(leaf(doc)).make(doc);
  }

  private LeafReaderContext leaf(int doc) {
    return reader.leaves().get(ReaderUtil.subIndex(doc, reader.leaves()));
  }

  /** What nodes are made of in one segment, for passages in ascending order: to open them for each one took longer than to read them. */
  private final class Columns {
    private final LeafReaderContext leaf;
    private final NumericDocValues ties;
    private final SortedDocValues documents;

    Columns(LeafReaderContext leaf) throws IOException {
      this.leaf = leaf;
      this.ties = DocValues.getNumeric(leaf.reader(), PassageFields.TIE);
      this.documents = DocValues.getSorted(leaf.reader(), PassageFields.DOCUMENT);
    }

    boolean holds(int doc) {
      return doc >= leaf.docBase && doc < leaf.docBase + leaf.reader().maxDoc();
    }

    Node make(int doc) throws IOException {
      documents.advanceExact(doc - leaf.docBase);
      // A document is one block, which is never torn apart, so its place is as good as its name.
      long document = (long) leaf.ord << Integer.SIZE | documents.ordValue();
      Node node = new Node(doc, PassageFields.tieOf(ties, doc - leaf.docBase), document);
      nodes.put(doc, node);
      return node;
    }
  }

  /** Returns the nodes of passages in ascending order. */
  private List<Node> nodes(int[] docs, int count) throws IOException {
    List<Node> found = new ArrayList<>(count);
    Columns columns = null;
    for (int i = 0; i < count; i++) {
      Node known = nodes.get(docs[i]);
      if (known == null) {
        if (columns == null || !columns.holds(docs[i])) {
          columns = new Columns(leaf(docs[i]));
        }
        known = columns.make(docs[i]);
      }
      found.add(known);
    }
    return found;
  }

  @Override
  public List<String> leaving(Node node) throws IOException {
    Set<String> keys = new LinkedHashSet<>(keys(node, PassageFields.LEAVING));
    if (readers.contains(node.number())) {
      Passage passage = PassageFields.passage(reader.storedFields().document(node.number()));
      keys.addAll(titlesIn(passage.text()));
      keys.removeAll(owned(node));
    }
    return List.copyOf(keys);
  }

  @Override
  public List<String> owned(Node node) throws IOException {
    return keys(node, PassageFields.OWNS);
  }

  private List<String> keys(Node node, String field) throws IOException {
    LeafReaderContext leaf = leaf(node.number());
    SortedSetDocValues values = DocValues.getSortedSet(leaf.reader(), field);
    if (!values.advanceExact(node.number() - leaf.docBase)) {
      return List.of();
    }
    List<String> keys = new ArrayList<>(values.docValueCount());
    for (int i = 0; i < values.docValueCount(); i++) {
      keys.add(values.lookupOrd(values.nextOrd()).utf8ToString());
    }
    return keys;
  }

  @Override
  public End owners(String key) throws IOException {
    End known = ends.get("o" + key);
    if (known != null) {
      return known;
    }
    BytesRef term = new BytesRef(key);
    End end = end(owners, term, false);
    if (end.count() > Walk.MOST_AT_END) {
      end = new End(end(owners, term, true).nodes(), end.count());
    }
    String wider = PassageKeys.wider(key);
    if (end.count() == 0 && wider != null) {
      end = owners(wider);
    }
    ends.put("o" + key, end);
    return end;
  }

  @Override
  public End holders(String key) throws IOException {
    End known = ends.get("h" + key);
    if (known == null) {
      known = end(holders, new BytesRef(key), false);
      ends.put("h" + key, known);
    }
    return known;
  }

  /** Every thread has each so manieth of the passages, since the first ones, from which most of a walk goes on, have the most keys. */
  @Override
  public <T> List<T> ofEach(List<Node> some, Look<T> look) throws IOException {
    int shares = threads == null ? 1 : Math.clamp(some.size(), 1, most);
    List<SearchThreads.Piece<List<T>>> pieces = new ArrayList<>(shares);
    for (int share = 1; share < shares; share++) {
      if (beside.size() < share) {
        beside.add(new PassageEdges(sight, reader, books, now, null, 1, readers));
      }
      PassageEdges own = beside.get(share - 1);
      List<Node> theirs = share(some, share, shares);
      pieces.add(new SearchThreads.Piece<>(threads, () -> own.inTurn(theirs, look)));
    }
    List<List<T>> seen = new ArrayList<>(shares);
    seen.add(inTurn(share(some, 0, shares), look));
    for (SearchThreads.Piece<List<T>> piece : pieces) {
      seen.add(piece.get());
    }
    List<T> all = new ArrayList<>(some.size());
    for (int i = 0; i < some.size(); i++) {
      all.add(seen.get(i % shares).get(i / shares));
    }
    return all;
  }

  private <T> List<T> inTurn(List<Node> some, Look<T> look) throws IOException {
    return Edges.super.ofEach(some, look);
  }

  private static List<Node> share(List<Node> all, int first, int step) {
    List<Node> share = new ArrayList<>();
    for (int i = first; i < all.size(); i += step) {
      share.add(all.get(i));
    }
    return share;
  }

  /** Looks at no more than one beyond the bound, among those that may be seen; of what too many share, no nodes are made. */
  private End end(List<@Nullable TermsEnum> terms, BytesRef key, boolean firstOnly) throws IOException {
    int[] found = new int[Walk.MOST_AT_END];
    int count = 0;
    PostingsEnum postings = null;
    for (LeafReaderContext leaf : reader.leaves()) {
      TermsEnum some = terms.get(leaf.ord);
      if (some == null || !some.seekExact(key)) {
        continue;
      }
      postings = some.postings(null, PostingsEnum.NONE);
      DocIdSetIterator each = firstOnly ? PassageFields.firsts(leaf.reader(), postings) : postings;
      Timely timely = new Timely(leaf.reader(), now);
      for (int doc = each.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = each.nextDoc()) {
        if (sight.sees(leaf, doc) && timely.at(doc)) {
          if (count == Walk.MOST_AT_END) {
            return new End(List.of(), Walk.MOST_AT_END + 1);
          }
          found[count++] = leaf.docBase + doc;
        }
      }
    }
    return new End(nodes(found, count), count);
  }

  /** Which passages of a segment may be found now; to be asked in ascending order. */
  private static final class Timely {
    private final @Nullable NumericDocValues from;
    private final @Nullable NumericDocValues until;
    private final long now;

    Timely(LeafReader leaf, long now) throws IOException {
      this.from = leaf.getNumericDocValues(PassageFields.VALID_FROM);
      this.until = leaf.getNumericDocValues(PassageFields.VALID_UNTIL);
      this.now = now;
    }

    boolean at(int doc) throws IOException {
      return !(from != null && from.advanceExact(doc) && now < from.longValue())
          && !(until != null && until.advanceExact(doc) && now >= until.longValue());
    }
  }
}
