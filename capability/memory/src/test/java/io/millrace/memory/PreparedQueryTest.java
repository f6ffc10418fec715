// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CombinedFieldQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

class PreparedQueryTest {

  private static final int DOCUMENTS = 900;
  private static final int OF_A_SEGMENT = 200;

  private final Directory directory = new ByteBuffersDirectory();
  private DirectoryReader reader;
  private IndexSearcher searcher;

  @BeforeEach
  void fill() throws IOException {
    Random random = new Random(3);
    IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer()).setMergePolicy(NoMergePolicy.INSTANCE);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < DOCUMENTS; i++) {
        Document document = new Document();
        document.add(new TextField("text", words(random, 30), Field.Store.NO));
        document.add(new TextField("heading", words(random, 3), Field.Store.NO));
        writer.addDocument(document);
        if (i % OF_A_SEGMENT == 0) {
          writer.flush();
        }
      }
    }
    reader = DirectoryReader.open(directory);
    searcher = new IndexSearcher(reader);
  }

  @AfterEach
  void close() throws IOException {
    reader.close();
    directory.close();
  }

  @Test
  void findsAndScoresAsTheQueryItself() throws IOException {
    Query prepared = PreparedQuery.of(query(), searcher);

    assertThat(hits(prepared)).isEqualTo(hits(query()));
    assertThat(hits(filtered(prepared))).isEqualTo(hits(filtered(query()))).isNotEqualTo(hits(query()));
    assertThat(hits(new BoostQuery(prepared, 0.001f))).isEqualTo(hits(new BoostQuery(query(), 0.001f)));
    assertThat(scores(prepared)).isEqualTo(scores(query())).hasSizeGreaterThan(DOCUMENTS / 2);
  }

  @Test
  void canBeSoughtWithAnotherSearcher() throws IOException {
    Query prepared = PreparedQuery.of(query(), searcher);
    IndexSearcher other = new IndexSearcher(reader);

    assertThat(other.count(prepared)).isEqualTo(other.count(query()));
  }

  @Test
  void looksTermsUpOnce() throws IOException {
    Query prepared = PreparedQuery.of(new TermQuery(new Term("text", "w1")), searcher);

    Weight weight = searcher.createWeight(searcher.rewrite(prepared), ScoreMode.COMPLETE, 1);
    assertThat(searcher.createWeight(searcher.rewrite(prepared), ScoreMode.TOP_SCORES, 1)).isSameAs(weight);
  }

  @Test
  void whatMatchesNothingMatchesNothing() throws IOException {
    assertThat(searcher.count(PreparedQuery.of(new MatchNoDocsQuery(), searcher))).isZero();
  }

  private static Query query() {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (String word : List.of("w0", "w3", "w17", "absent")) {
      any.add(
          new CombinedFieldQuery.Builder(new BytesRef(word)).addField("text", 1).addField("heading", 2).build(), BooleanClause.Occur.SHOULD);
    }
    Query pair =
        new DisjunctionMaxQuery(
            List.of(new PhraseQuery(1, "text", "w0", "w3"), new PhraseQuery(1, "heading", "w0", "w3")), 0);
    return any.add(new BoostQuery(pair, 0.3f), BooleanClause.Occur.SHOULD).build();
  }

  private static Query filtered(Query query) {
    return new BooleanQuery.Builder()
        .add(query, BooleanClause.Occur.MUST)
        .add(new TermQuery(new Term("text", "w9")), BooleanClause.Occur.FILTER)
        .build();
  }

  private List<String> hits(Query query) throws IOException {
    return List.of(searcher.search(query, 50).scoreDocs).stream().map(ScoreDoc::toString).toList();
  }

  /** Scores of all documents, as candidates get them. */
  private TreeMap<Integer, Float> scores(Query query) throws IOException {
    TreeMap<Integer, Float> scores = new TreeMap<>();
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
    for (var leaf : reader.leaves()) {
      Scorer scorer = weight.scorer(leaf);
      for (int doc = scorer.iterator().nextDoc(); doc < leaf.reader().maxDoc(); doc = scorer.iterator().nextDoc()) {
        scores.put(leaf.docBase + doc, scorer.score());
      }
    }
    return scores;
  }

  /** Words by Zipf's law. */
  private static String words(Random random, int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append('w').append((int) Math.min(400, 1 / random.nextDouble())).append(' ');
    }
    return words.toString().replace("w400", "w0");
  }
}
