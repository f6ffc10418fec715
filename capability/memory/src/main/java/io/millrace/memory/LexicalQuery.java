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
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.BytesRef;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Turns a question into a BM25F query (Robertson, Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted
 * Fields", CIKM 2004): a term's occurrences in text, heading and path are added up with their weights before they
 * saturate, so that a word in several places is not counted as several matches. Words that stand side by side in the question
 * count once more where they do so in the text (the sequential dependence of Metzler and Croft, "A Markov Random Field Model for
 * Term Dependencies", SIGIR 2005). {@linkplain AskingWords Words that only ask} count
 * little, unless there are no others.
 */
final class LexicalQuery {

  /** More distinct terms than any question has; a pasted page is cut here. */
  private static final int MOST_TERMS = 128;

  /** Each is sought in three fields; a question has fewer, and a pasted page would near what a query may hold. */
  private static final int MOST_PAIRS = 32;

  /** Positions that words side by side may be apart: one word between them may have been dropped. */
  private static final int NEAR = 2;

  private final LatinAnalyzer latin = new LatinAnalyzer();
  private final HanAnalyzer han = new HanAnalyzer();
  private final AskingWords asking = new AskingWords(latin);
  private final SearchSettings settings;

  LexicalQuery(SearchSettings settings) {
    this.settings = settings;
  }

  /** Returns the query; it matches nothing when the text has no word worth seeking. */
  Query of(String text, Language language) {
    double pairWeight = settings.ranking(language).pairWeight();
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    boolean holdsHan = HanAnalyzer.holdsHan(text);
    List<QuestionTerms.Term> words = QuestionTerms.of(latin, text);
    boolean telling = holdsHan || words.stream().anyMatch(word -> asking.weight(word.bytes()) == 1);
    int clauses = add(any, words, pairWeight, Text::latin, telling ? asking::weight : _ -> 1);
    if (holdsHan) {
      clauses += add(any, QuestionTerms.of(han, text), pairWeight, Text::han, _ -> 1);
    }
    return clauses == 0 ? new MatchNoDocsQuery("no searchable words") : any.build();
  }

  private int add(
      BooleanQuery.Builder any,
      List<QuestionTerms.Term> all,
      double pairWeight,
      Function<Text, String> field,
      ToDoubleFunction<BytesRef> weight) {
    List<QuestionTerms.Term> terms = all.stream().limit(MOST_TERMS).toList();
    Map<BytesRef, Integer> counts = new LinkedHashMap<>();
    Map<Pair, Integer> pairs = new LinkedHashMap<>();
    for (int i = 0; i < terms.size(); i++) {
      counts.merge(terms.get(i).bytes(), 1, Integer::sum);
      if (i > 0 && pairWeight > 0 && pairs.size() < MOST_PAIRS) {
        int apart = terms.get(i).position() - terms.get(i - 1).position();
        Pair pair = new Pair(terms.get(i - 1).bytes(), terms.get(i).bytes());
        if (apart > 0 && apart <= NEAR && pair.least(weight) == 1) {
          pairs.merge(pair, 1, Integer::sum);
        }
      }
    }
    counts.forEach((term, count) -> any.add(boosted(single(term, field), count * weight.applyAsDouble(term)), BooleanClause.Occur.SHOULD));
    pairs.forEach((pair, count) -> any.add(boosted(pair.anywhere(field), count * pairWeight), BooleanClause.Occur.SHOULD));
    return counts.size();
  }

  private Query single(BytesRef term, Function<Text, String> field) {
    return new CombinedFieldQuery.Builder(term)
        .addField(field.apply(Text.BODY), 1)
        .addField(field.apply(Text.HEADING), (float) settings.headingWeight())
        .addField(field.apply(Text.PATH), (float) settings.pathWeight())
        .build();
  }

  private static Query boosted(Query query, double boost) {
    return boost == 1 ? query : new BoostQuery(query, (float) boost);
  }

  private record Pair(BytesRef first, BytesRef second) {
    double least(ToDoubleFunction<BytesRef> weight) {
      return Math.min(weight.applyAsDouble(first), weight.applyAsDouble(second));
    }

    Query anywhere(Function<Text, String> field) {
      return new DisjunctionMaxQuery(Stream.of(Text.values()).map(field).map(this::in).toList(), 0);
    }

    private Query in(String field) {
      return new PhraseQuery.Builder().setSlop(NEAR - 1).add(new Term(field, first)).add(new Term(field, second)).build();
    }
  }
}
