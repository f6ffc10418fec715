// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CombinedFieldQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class PreparedQueryTest {

  private static final int DOCUMENTS = 900;

  private ZipfTexts texts;
  private IndexSearcher searcher;

  @BeforeEach
  void fill() throws IOException {
    texts = new ZipfTexts(3, DOCUMENTS, 200, (_, _) -> Map.of("text", 30, "heading", 3));
    searcher = texts.searcher;
  }

  @AfterEach
  void close() throws IOException {
    texts.close();
  }

  @Test
  void findsAndScoresAsTheQueryItself() throws IOException {
    Query prepared = PreparedQuery.of(query(), searcher);

    assertThat(hits(prepared)).isEqualTo(hits(query()));
    assertThat(hits(filtered(prepared))).isEqualTo(hits(filtered(query()))).isNotEqualTo(hits(query()));
    assertThat(hits(named(prepared))).isEqualTo(hits(named(query()))).isNotEqualTo(hits(query()));
    assertThat(hits(new BoostQuery(prepared, 0.001f))).isEqualTo(hits(new BoostQuery(query(), 0.001f)));
    assertThat(texts.scores(prepared)).isEqualTo(texts.scores(query())).hasSizeGreaterThan(DOCUMENTS / 2);
  }

  @Test
  void canBeSoughtWithAnotherSearcher() throws IOException {
    Query prepared = PreparedQuery.of(query(), searcher);
    IndexSearcher other = new IndexSearcher(texts.reader);

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
    Query inText = new PhraseQuery(1, "text", "w1", "w2");
    Query inHeading = new PhraseQuery(1, "heading", "w1", "w2");
    return any.add(new BoostQuery(inText, 0.3f), BooleanClause.Occur.SHOULD)
        .add(new BoostQuery(new SurplusQuery(inHeading, inText), 0.3f), BooleanClause.Occur.SHOULD)
        .build();
  }

  private static Query filtered(Query query) {
    return new BooleanQuery.Builder()
        .add(query, BooleanClause.Occur.MUST)
        .add(new TermQuery(new Term("text", "w9")), BooleanClause.Occur.FILTER)
        .build();
  }

  private static Query named(Query query) {
    return new BooleanQuery.Builder()
        .add(new BoostQuery(new TermQuery(new Term("heading", "w5")), 1e3f), BooleanClause.Occur.MUST)
        .add(query, BooleanClause.Occur.SHOULD)
        .build();
  }

  private List<String> hits(Query query) throws IOException {
    return List.of(searcher.search(query, 50).scoreDocs).stream().map(ScoreDoc::toString).toList();
  }
}
