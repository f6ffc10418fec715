// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class SurplusQueryTest {

  private static final int DOCUMENTS = 4_000;

  /** Each with the one after it: the most common twice, common and rare ones, a rare one twice. */
  private static final List<String> WORDS = List.of("w1", "w1", "w2", "w1", "w3", "w8", "w8");

  private ZipfTexts texts;

  @BeforeEach
  void fill() throws IOException {
    texts = new ZipfTexts(7, DOCUMENTS, 900, SurplusQueryTest::lengths);
  }

  private static Map<String, Integer> lengths(int document, Random random) {
    Map<String, Integer> lengths = new HashMap<>(Map.of("text", 5 + random.nextInt(40), "heading", random.nextInt(6)));
    if (document < DOCUMENTS / 2) {
      lengths.put("path", 3);
    }
    return lengths;
  }

  @AfterEach
  void close() throws IOException {
    texts.close();
  }

  @Test
  void withTheOtherBesideItTheGreaterOfBothCounts() throws IOException {
    for (int i = 1; i < WORDS.size(); i++) {
      sameScores(any(List.of(pair("text", i), surplus(i))), greatest(i));
      assertThat(texts.scores(surplus(i)).values()).anyMatch(score -> score > 0);

      Query mostlyLess = new SurplusQuery(pair("text", i), pair("heading", i));
      sameScores(any(List.of(pair("heading", i), mostlyLess)), new DisjunctionMaxQuery(List.of(pair("heading", i), pair("text", i)), 0));
    }
    assertThat(texts.scores(new SurplusQuery(pair("text", 1), pair("heading", 1))).values()).contains(0f).anyMatch(score -> score > 0);
  }

  @Test
  void searchesThatPassThingsOverFindTheSame() throws IOException {
    List<Query> greatest = new ArrayList<>();
    List<Query> added = new ArrayList<>();
    for (int i = 1; i < WORDS.size(); i++) {
      Query word = new TermQuery(new Term("text", WORDS.get(i)));
      greatest.addAll(List.of(word, new BoostQuery(greatest(i), 0.2f)));
      added.addAll(List.of(word, new BoostQuery(pair("text", i), 0.2f), new BoostQuery(surplus(i), 0.2f)));
    }
    ScoreDoc[] wanted = texts.searcher.search(any(greatest), 100).scoreDocs;
    ScoreDoc[] found = texts.searcher.search(any(added), 100).scoreDocs;
    assertThat(found).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(found[i].score).as("place %d", i).isCloseTo(wanted[i].score, within(1e-4f));
    }
    sameScores(any(added), any(greatest));
  }

  @Test
  void explainsItsScore() throws IOException {
    for (ScoreDoc hit : texts.searcher.search(surplus(1), 50).scoreDocs) {
      assertThat(texts.searcher.explain(surplus(1), hit.doc).getValue().floatValue()).isCloseTo(hit.score, within(1e-6f));
    }
    for (int doc = 0; doc < 20; doc++) {
      assertThat(texts.searcher.explain(surplus(1), doc).isMatch()).isEqualTo(texts.scores(surplus(1)).containsKey(doc));
    }
  }

  @Test
  void beyondNothingIsAllAndNothingBeyondIsNothing() throws IOException {
    Query some = pair("heading", 1);
    sameScores(new SurplusQuery(some, new MatchNoDocsQuery()), some);
    assertThat(texts.searcher.count(new SurplusQuery(some, pair("text", 1)))).isEqualTo(texts.searcher.count(some)).isPositive();
    assertThat(texts.searcher.count(new SurplusQuery(new MatchNoDocsQuery(), some))).isZero();
    // One that says at once whether a document matches, as phrases do not.
    Query word = new TermQuery(new Term("text", "w1"));
    sameScores(any(List.of(word, new SurplusQuery(some, word))), new DisjunctionMaxQuery(List.of(word, some), 0));
    assertThat(texts.scores(new SurplusQuery(some, some)).values()).isNotEmpty().containsOnly(0f);
  }

  private void sameScores(Query one, Query other) throws IOException {
    TreeMap<Integer, Float> wanted = texts.scores(other);
    assertThat(wanted).isNotEmpty();
    assertThat(texts.scores(one)).hasSameSizeAs(wanted)
        .allSatisfy((doc, score) -> assertThat(score).as("document %d", doc).isCloseTo(wanted.get(doc), within(1e-5f)));
  }

  private static Query any(List<Query> clauses) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    clauses.forEach(clause -> any.add(clause, BooleanClause.Occur.SHOULD));
    return any.build();
  }

  private static Query greatest(int second) {
    return new DisjunctionMaxQuery(List.of(pair("text", second), pair("heading", second), pair("path", second)), 0);
  }

  private static Query surplus(int second) {
    return new SurplusQuery(new DisjunctionMaxQuery(List.of(pair("heading", second), pair("path", second)), 0), pair("text", second));
  }

  private static Query pair(String field, int second) {
    return new PhraseQuery(1, field, WORDS.get(second - 1), WORDS.get(second));
  }
}
