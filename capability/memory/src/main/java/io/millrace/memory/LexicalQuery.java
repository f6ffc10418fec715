// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.TermToBytesRefAttribute;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.CombinedFieldQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.BytesRef;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Turns a question into a BM25F query (Robertson, Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted
 * Fields", CIKM 2004): a term's occurrences in text, heading and path are added up with their weights before they
 * saturate, so that a word in several places is not counted as several matches.
 */
final class LexicalQuery {

  /** More distinct terms than any question has; a pasted page is cut here. */
  private static final int MOST_TERMS = 128;

  private final Analyzer latin = new LatinAnalyzer();
  private final Analyzer han = new HanAnalyzer();
  private final SearchSettings settings;

  LexicalQuery(SearchSettings settings) {
    this.settings = settings;
  }

  /** Returns the query; it matches nothing when the text has no word worth seeking. */
  Query of(String text) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    int clauses =
        add(any, terms(latin, text), PassageFields.Text::latin)
            + (HanAnalyzer.holdsHan(text) ? add(any, terms(han, text), PassageFields.Text::han) : 0);
    return clauses == 0 ? new MatchNoDocsQuery("no searchable words") : any.build();
  }

  private int add(
      BooleanQuery.Builder any, Map<BytesRef, Integer> terms, Function<PassageFields.Text, String> field) {
    terms.forEach(
        (term, count) -> {
          Query query =
              new CombinedFieldQuery.Builder(term)
                  .addField(field.apply(PassageFields.Text.BODY), 1)
                  .addField(field.apply(PassageFields.Text.HEADING), (float) settings.headingWeight())
                  .addField(field.apply(PassageFields.Text.PATH), (float) settings.pathWeight())
                  .build();
          any.add(count == 1 ? query : new BoostQuery(query, count), BooleanClause.Occur.SHOULD);
        });
    return terms.size();
  }

  private static Map<BytesRef, Integer> terms(Analyzer analyzer, String text) {
    Map<BytesRef, Integer> counts = new LinkedHashMap<>();
    try (TokenStream tokens = analyzer.tokenStream("", text)) {
      TermToBytesRefAttribute term = tokens.addAttribute(TermToBytesRefAttribute.class);
      tokens.reset();
      while (tokens.incrementToken() && counts.size() < MOST_TERMS) {
        counts.merge(BytesRef.deepCopyOf(term.getBytesRef()), 1, Integer::sum);
      }
      tokens.end();
    } catch (IOException e) {
      throw new UncheckedIOException("reading from a string cannot fail", e);
    }
    return counts;
  }
}
