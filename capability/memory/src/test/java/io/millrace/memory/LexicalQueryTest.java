// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.memory.PassageFields.Text;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CombinedFieldQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class LexicalQueryTest {

  private static final String BODY = Text.BODY.latin();
  private static final String HEADING = Text.HEADING.latin();
  private static final String PATH = Text.PATH.latin();

  private final SearchSettings settings = SearchSettings.DEFAULT;
  private final LexicalQuery lexical = new LexicalQuery(settings);
  private ZipfTexts texts;

  @BeforeEach
  void fill() throws IOException {
    texts = new ZipfTexts(5, 3_000, 700, LexicalQueryTest::lengths);
  }

  private static Map<String, Integer> lengths(int document, Random random) {
    return Map.of(BODY, 5 + random.nextInt(30), HEADING, random.nextInt(6), PATH, random.nextInt(4));
  }

  @AfterEach
  void close() throws IOException {
    texts.close();
  }

  @Test
  void aPairCountsInTheFieldWhereItCountsMost() throws IOException {
    same(_ -> true, List.of(BODY, HEADING, PATH));
  }

  @Test
  void fieldsThatHoldNothingHaveNoPart() throws IOException {
    same(BODY::equals, List.of(BODY));
    same(field -> !field.equals(BODY), List.of(HEADING, PATH));
  }

  /** Otherwise a pair of common words would be looked for wherever both are. */
  @Test
  void aPairInTheTextIsAClauseOfItsOwn() {
    BooleanQuery query = (BooleanQuery) lexical.of("w1 w2", Language.ENGLISH, _ -> true);
    assertThat(query.clauses()).hasSize(4)
        .extracting(BooleanClause::query)
        .contains(new BoostQuery(pair(BODY), pairWeight()));
  }

  private void same(Predicate<String> held, List<String> fields) throws IOException {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (String word : List.of("w1", "w2")) {
      CombinedFieldQuery.Builder all = new CombinedFieldQuery.Builder(new BytesRef(word));
      fields.forEach(field -> all.addField(field, weight(field)));
      any.add(all.build(), BooleanClause.Occur.SHOULD);
    }
    Query most = new DisjunctionMaxQuery(fields.stream().map(LexicalQueryTest::pair).toList(), 0);
    any.add(new BoostQuery(most, pairWeight()), BooleanClause.Occur.SHOULD);

    TreeMap<Integer, Float> wanted = texts.scores(any.build());
    assertThat(texts.scores(lexical.of("w1 w2", Language.ENGLISH, held))).hasSameSizeAs(wanted).isNotEmpty()
        .allSatisfy((doc, score) -> assertThat(score).as("document %d", doc).isCloseTo(wanted.get(doc), within(1e-5f)));
  }

  private float pairWeight() {
    return (float) settings.ranking(Language.ENGLISH).pairWeight();
  }

  private float weight(String field) {
    return field.equals(BODY) ? 1 : (float) (field.equals(HEADING) ? settings.headingWeight() : settings.pathWeight());
  }

  private static Query pair(String field) {
    return new PhraseQuery.Builder().setSlop(1).add(new Term(field, "w1")).add(new Term(field, "w2")).build();
  }
}
