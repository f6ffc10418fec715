// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;

import java.io.IOException;

/**
 * Adds the pair wherever two single characters follow each other: SmartChinese falls apart into characters on words
 * that its dictionary of 1998 lacks, such as 文档 (document) or 线程 (thread), and the characters alone say little. The
 * pair stands at the position of its second character.
 */
final class UnknownWordFilter extends TokenFilter {

  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final OffsetAttribute offset = addAttribute(OffsetAttribute.class);
  private final PositionIncrementAttribute increment = addAttribute(PositionIncrementAttribute.class);

  private String previous = "";
  private int previousEnd = -1;
  private String pair = "";

  UnknownWordFilter(TokenStream input) {
    super(input);
  }

  @Override
  public boolean incrementToken() throws IOException {
    if (!pair.isEmpty()) {
      term.setEmpty().append(pair);
      increment.setPositionIncrement(0);
      pair = "";
      return true;
    }
    if (!input.incrementToken()) {
      return false;
    }
    boolean single = Character.codePointCount(term, 0, term.length()) == 1;
    if (single && !previous.isEmpty() && offset.startOffset() == previousEnd) {
      pair = previous + term;
    }
    previous = single ? term.toString() : "";
    previousEnd = offset.endOffset();
    return true;
  }

  @Override
  public void reset() throws IOException {
    super.reset();
    previous = "";
    previousEnd = -1;
    pair = "";
  }
}
