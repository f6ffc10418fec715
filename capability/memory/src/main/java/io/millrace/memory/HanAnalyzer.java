// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.FilteringTokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cn.smart.HMMChineseTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/**
 * Chinese words, segmented by the hidden Markov model of Lucene's SmartChinese, and pairs of characters where
 * it knows no word; what is not Han is left to {@link
 * LatinAnalyzer}.
 */
final class HanAnalyzer extends Analyzer {

  @Override
  protected TokenStreamComponents createComponents(String field) {
    Tokenizer source = new HMMChineseTokenizer();
    return new TokenStreamComponents(source, new UnknownWordFilter(new OnlyHan(source)));
  }

  static boolean holdsHan(CharSequence text) {
    for (int i = 0; i < text.length(); ) {
      int c = Character.codePointAt(text, i);
      if (Character.isIdeographic(c)) {
        return true;
      }
      i += Character.charCount(c);
    }
    return false;
  }

  private static final class OnlyHan extends FilteringTokenFilter {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);

    OnlyHan(TokenStream input) {
      super(input);
    }

    @Override
    protected boolean accept() {
      return holdsHan(term);
    }
  }
}
