// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.analysis.tokenattributes.TermToBytesRefAttribute;
import org.apache.lucene.util.BytesRef;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A text as an analyzer leaves it. */
final class QuestionTerms {
  private QuestionTerms() {}

  /**
   * A term where it stands.
   *
   * @param position counts words, those that the analyzer drops included; parts of an identifier share one
   */
  record Term(BytesRef bytes, int position) {}

  static List<Term> of(Analyzer analyzer, String text) {
    return of(analyzer, "", text);
  }

  static List<Term> of(Analyzer analyzer, String field, String text) {
    try (TokenStream tokens = analyzer.tokenStream(field, text)) {
      return read(tokens);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from a string cannot fail", e);
    }
  }

  /** Reads all terms of a stream, which is not closed. */
  static List<Term> read(TokenStream tokens) throws IOException {
    List<Term> terms = new ArrayList<>();
    TermToBytesRefAttribute term = tokens.addAttribute(TermToBytesRefAttribute.class);
    PositionIncrementAttribute step = tokens.addAttribute(PositionIncrementAttribute.class);
    tokens.reset();
    int position = -1;
    while (tokens.incrementToken()) {
      position += step.getPositionIncrement();
      terms.add(new Term(BytesRef.deepCopyOf(term.getBytesRef()), position));
    }
    tokens.end();
    return terms;
  }
}
