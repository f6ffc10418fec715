// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Language;

import java.util.List;

/** Points at the words of given passages that answer a question. Safe for use by several threads. */
public interface Reader extends AutoCloseable {

  /** Returns name and version of the model. */
  String model();

  /** Returns the language it reads. */
  Language language();

  /** Reads each passage for the question; one result a passage, in the same order. */
  List<Span> read(String question, List<String> passages);

  /**
   * The best answer within one passage.
   *
   * @param start first character within the passage
   * @param end one past the last character; equal to {@code start} when there is no answer
   * @param score log-odds that the span answers, rather than that the passage has no answer; positive means answered
   */
  record Span(int start, int end, double score) {

    /** Returns whether the passage is held to answer. */
    public boolean answered() {
      return end > start && score > 0;
    }
  }

  @Override
  void close();
}
