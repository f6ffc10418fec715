// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import java.util.List;

/** Says how relevant passages are to a question by reading both together; safe for use by several threads. */
public interface Reranker {

  /** Returns the model's name, such as {@code java-docs/reranker-en@3}. */
  String model();

  /** Returns what its opinion weighs beside 1 for all other evidence, not negative. */
  double weight();

  /**
   * Returns the relevance of each passage as log-odds; only comparisons within one question are meant.
   *
   * @param passages their texts, which begin with what their sections are called: their paths are longer than what is read
   */
  double[] scores(String question, List<String> passages);
}
