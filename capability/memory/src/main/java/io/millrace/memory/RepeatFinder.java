// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.similarity.MinHash;
import io.millrace.core.similarity.Shingles;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Recognises documents that nearly repeat others when they come. Candidates share keys of a MinHash sketch (Broder
 * 1997), which lie on disk beside the documents, and the exact Jaccard similarity of the shingles decides. What is kept
 * in memory are only the documents since the last refresh. Confined to the thread that writes.
 */
final class RepeatFinder {

  /** From this similarity on two documents say the same. */
  static final double THRESHOLD = 0.9;

  static final String KEY = "repeat-key";

  /** Two short texts are alike without being copies, unless they say the very same. */
  private static final int FEWEST_SHINGLES = 40;

  /** Candidates that are compared: those that share the most keys. A hundred copies of a template know some of each other. */
  private static final int COMPARED = 8;

  private static final Candidate GONE = new Candidate("", Set.of(), Shingles.of(""));

  private final LuceneStore store;

  /** Reads a stored document. */
  private final Reading reading;

  /** Documents that came since the last refresh; {@link #GONE} for those that were deleted. */
  private final Map<String, Candidate> fresh = new HashMap<>();

  private record Candidate(String id, Set<String> keys, Shingles shingles) {}

  /** A candidate with the number of keys that it shares. */
  private record Ranked(String id, double shared) {
    static final Comparator<Ranked> BEST_FIRST =
        Comparator.comparingDouble(Ranked::shared).reversed().thenComparing(Ranked::id);
  }

  /** Reads a document out of a snapshot of the store. */
  @FunctionalInterface
  interface Reading {
    Document document(IndexSearcher searcher, int doc) throws IOException;
  }

  /**
   * What was found.
   *
   * @param keys by which later documents find this one
   * @param fingerprint of its words and of who may read them
   */
  record Found(Set<String> keys, long fingerprint, List<Resident.Copy> copies) {
    void addTo(org.apache.lucene.document.Document fields) {
      keys.forEach(key -> fields.add(new StringField(KEY, key, Field.Store.NO)));
    }
  }

  RepeatFinder(LuceneStore store, Reading reading) {
    this.store = store;
    this.reading = reading;
  }

  /** Looks for the documents that one nearly repeats, and takes it in. */
  Found take(Document document) {
    Shingles shingles = Shingles.of(document.text());
    Candidate candidate = new Candidate(document.id(), keys(document, shingles), shingles);
    List<Resident.Copy> copies = new ArrayList<>();
    List<Ranked> ranked = new ArrayList<>();
    for (Candidate each : fresh.values()) {
      long shared = each.keys().stream().filter(candidate.keys()::contains).count();
      if (shared > 0 && !each.id().equals(document.id())) {
        ranked.add(new Ranked(each.id(), shared));
      }
    }
    store.search(
        searcher -> {
          Map<String, Shingles> stored = stored(searcher, candidate, ranked);
          ranked.sort(Ranked.BEST_FIRST);
          for (Ranked each : ranked.subList(0, Math.min(COMPARED, ranked.size()))) {
            Candidate recent = fresh.get(each.id());
            Shingles other = recent != null ? recent.shingles() : stored.getOrDefault(each.id(), GONE.shingles());
            if (same(shingles, other)) {
              copies.add(new Resident.Copy(each.id(), fingerprint(document, other)));
            }
          }
          return true;
        });
    fresh.put(document.id(), candidate);
    return new Found(candidate.keys(), fingerprint(document, shingles), copies);
  }

  /** Of the words and of who may read them, which a document has in common with its copies. */
  private static long fingerprint(Document document, Shingles shingles) {
    return shingles.fingerprint() + Shingles.mix(readers(document).hashCode());
  }

  private static String readers(Document document) {
    return document.language().code() + document.labels();
  }

  /** Forgets a document that was deleted. */
  void drop(String id) {
    fresh.put(id, GONE);
  }

  /** Hears that the store shows all that came so far. */
  void refreshed() {
    fresh.clear();
  }

  private Map<String, Shingles> stored(IndexSearcher searcher, Candidate candidate, List<Ranked> ranked)
      throws IOException {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    candidate.keys().forEach(
        key -> any.add(new ConstantScoreQuery(new TermQuery(new Term(KEY, key))), BooleanClause.Occur.SHOULD));
    Map<String, Shingles> found = new HashMap<>();
    // Some of those found may have been replaced since the last refresh, and the document itself may be among them.
    int most = 2 * COMPARED + 1;
    for (ScoreDoc hit : searcher.search(any.build(), most).scoreDocs) {
      Document other = reading.document(searcher, hit.doc);
      if (!other.id().equals(candidate.id()) && !fresh.containsKey(other.id()) && found.size() < COMPARED) {
        found.put(other.id(), Shingles.of(other.text()));
        ranked.add(new Ranked(other.id(), hit.score));
      }
    }
    return found;
  }

  private static boolean same(Shingles one, Shingles other) {
    int fewer = Math.min(one.size(), other.size());
    return fewer >= FEWEST_SHINGLES
        ? one.jaccard(other, THRESHOLD) > 0
        : fewer > 0 && one.fingerprint() == other.fingerprint();
  }

  /** Documents for different readers have no key in common: neither may stand for the other. */
  private static Set<String> keys(Document document, Shingles shingles) {
    Set<String> keys = new HashSet<>();
    String readers = readers(document);
    keys.add(readers + " x" + Long.toHexString(shingles.fingerprint()));
    if (shingles.size() >= FEWEST_SHINGLES) {
      for (long band : MinHash.bands(shingles)) {
        keys.add(readers + " " + Long.toHexString(band));
      }
    }
    return keys;
  }
}
