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

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

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

  /** Returns whether a text has words worth seeking, whatever there is to be found. */
  boolean seeks(String text, Language language) {
    return !(of(text, language, _ -> true) instanceof MatchNoDocsQuery);
  }

  /**
   * Returns the query; it matches nothing when the text has no word worth seeking.
   *
   * @param held whether there is anything in a field: one that is empty for the reader has no part in the query, as with an
   *     index that lacks it
   */
  Query of(String text, Language language, Predicate<String> held) {
    SoughtWords sought = sought(text, language, held);
    if (sought.empty()) {
      return new MatchNoDocsQuery("no searchable words");
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    sought.words().stream()
        .filter(word -> !word.fields().isEmpty())
        .forEach(word -> any.add(boosted(single(word), word.weight()), BooleanClause.Occur.SHOULD));
    sought.pairs().forEach(
        pair -> anywhere(pair).forEach(clause -> any.add(boosted(clause, pair.weight()), BooleanClause.Occur.SHOULD)));
    return any.build();
  }

  /** Returns what is sought by words, which is what the query is made of; words of fields that hold nothing are sought nowhere. */
  SoughtWords sought(String text, Language language, Predicate<String> held) {
    double pairWeight = settings.ranking(language).pairWeight();
    boolean holdsHan = HanAnalyzer.holdsHan(text);
    List<QuestionTerms.Term> words = QuestionTerms.of(latin, text);
    boolean telling = holdsHan || words.stream().anyMatch(word -> asking.weight(word.bytes()) == 1);
    List<SoughtWords.Word> single = new ArrayList<>();
    List<SoughtWords.Pair> pairs = new ArrayList<>();
    add(single, pairs, words, pairWeight, held(Text::latin, held), telling ? asking::weight : _ -> 1);
    if (holdsHan) {
      add(single, pairs, QuestionTerms.of(han, text), pairWeight, held(Text::han, held), _ -> 1);
    }
    return new SoughtWords(single, pairs);
  }

  private Map<String, Double> held(Function<Text, String> field, Predicate<String> held) {
    Map<String, Double> fields = new LinkedHashMap<>();
    for (Text text : Text.values()) {
      if (held.test(field.apply(text))) {
        fields.put(field.apply(text), weight(text));
      }
    }
    return fields;
  }

  private static void add(
      List<SoughtWords.Word> single,
      List<SoughtWords.Pair> sideBySide,
      List<QuestionTerms.Term> all,
      double pairWeight,
      Map<String, Double> fields,
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
    counts.forEach((term, count) -> single.add(new SoughtWords.Word(term.utf8ToString(), fields, count * weight.applyAsDouble(term))));
    if (!fields.isEmpty()) {
      pairs.forEach((pair, count) -> sideBySide.add(pair.sought(fields.keySet(), count * pairWeight)));
    }
  }

  private static Query single(SoughtWords.Word word) {
    CombinedFieldQuery.Builder query = new CombinedFieldQuery.Builder(new BytesRef(word.text()));
    word.fields().forEach((field, weight) -> query.addField(field, weight.floatValue()));
    return query.build();
  }

  private double weight(Text text) {
    return switch (text) {
      case BODY -> 1;
      case HEADING -> settings.headingWeight();
      case PATH -> settings.pathWeight();
    };
  }

  private static Query boosted(Query query, double boost) {
    return boost == 1 ? query : new BoostQuery(query, (float) boost);
  }

  /**
   * What the pair gets in the field where it gets most, as clauses that are added up. As one clause a pair of common words would have
   * the bound of headings, where they are rare and the pair is worth much, and be looked for in every text, where it is worth nearly
   * nothing; see {@link SurplusQuery}.
   */
  private static List<Query> anywhere(SoughtWords.Pair pair) {
    List<Query> fields = pair.fields().stream().map(field -> sideBySide(pair, field)).toList();
    Query first = fields.getFirst();
    return fields.size() == 1
        ? fields
        : List.of(first, new SurplusQuery(new DisjunctionMaxQuery(fields.subList(1, fields.size()), 0), first));
  }

  private static Query sideBySide(SoughtWords.Pair pair, String field) {
    return new PhraseQuery.Builder()
        .setSlop(NEAR - 1)
        .add(new Term(field, pair.first()))
        .add(new Term(field, pair.second()))
        .build();
  }

  private record Pair(BytesRef first, BytesRef second) {
    double least(ToDoubleFunction<BytesRef> weight) {
      return Math.min(weight.applyAsDouble(first), weight.applyAsDouble(second));
    }

    SoughtWords.Pair sought(Set<String> fields, double weight) {
      return new SoughtWords.Pair(first.utf8ToString(), second.utf8ToString(), fields, weight);
    }
  }
}
