// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.FilteringTokenFilter;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * English words, stemmed (Porter 1980), and identifiers, whole and in words; Han characters are left to {@link
 * HanAnalyzer}. It runs over texts of every language, so that names in Chinese prose are found too.
 */
final class LatinAnalyzer extends Analyzer {

  @Override
  protected TokenStreamComponents createComponents(String field) {
    Tokenizer source = new StandardTokenizer();
    TokenStream tokens = new WithoutHan(source);
    tokens = new EnglishPossessiveFilter(tokens);
    tokens = new IdentifierFilter(tokens);
    tokens = new LowerCaseFilter(tokens);
    tokens = new StopFilter(tokens, EnglishAnalyzer.getDefaultStopSet());
    tokens = new PorterStemFilter(tokens);
    return new TokenStreamComponents(source, tokens);
  }

  private static final class WithoutHan extends FilteringTokenFilter {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);

    WithoutHan(TokenStream input) {
      super(input);
    }

    @Override
    protected boolean accept() {
      return !HanAnalyzer.holdsHan(term);
    }
  }
}
