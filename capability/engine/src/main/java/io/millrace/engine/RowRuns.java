// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;

import java.util.ArrayList;
import java.util.List;

/**
 * The rows of a step, checked, as runs of neighbours that belong to one sequence.
 *
 * @param runs in the order of the rows
 * @param positions of each row in its sequence
 */
record RowRuns(List<Run> runs, int[] positions) {
  /** Neighbouring rows of one sequence, or some of them. */
  record Run(int from, int to, PageTable pages) {
    int size() {
      return to - from;
    }
  }

  /**
   * Cuts a step's rows into runs.
   *
   * @throws IllegalArgumentException when there are too many, a token is not in the vocabulary, or a sequence is full
   */
  static RowRuns of(List<Row> rows, LlamaConfig config) {
    if (rows.size() > StepModel.MAX_ROWS) {
      throw new IllegalArgumentException(rows.size() + " rows; at most " + StepModel.MAX_ROWS + " go into a step");
    }
    List<Run> runs = new ArrayList<>();
    int[] positions = new int[rows.size()];
    for (int from = 0; from < rows.size(); ) {
      PageTable pages = rows.get(from).pages();
      int to = from;
      while (to < rows.size() && rows.get(to).pages() == pages) {
        positions[to] = pages.size() + to - from;
        check(rows.get(to), positions[to], config);
        to++;
      }
      runs.add(new Run(from, to, pages));
      from = to;
    }
    return new RowRuns(runs, positions);
  }

  private static void check(Row row, int position, LlamaConfig config) {
    if (position >= Math.min(row.pages().capacity(), config.context())) {
      throw new IllegalArgumentException("a sequence is full at " + position + " tokens");
    }
    if (row.token() < 0 || row.token() >= config.vocabulary()) {
      throw new IllegalArgumentException(
          "token " + row.token() + " is not below the vocabulary's " + config.vocabulary());
    }
  }

  /** Counts the rows among their sequences' positions. */
  void append() {
    runs.forEach(run -> run.pages.size(run.pages.size() + run.size()));
  }
}
