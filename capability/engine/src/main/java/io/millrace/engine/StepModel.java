// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A decoder that reads and writes for many sequences at a time: a step takes rows of any of them, so that the weights are
 * read once for all. It owns weights and pages of keys and values; which page is whose is not known here. For one thread.
 */
interface StepModel extends AutoCloseable {
  /** Rows in a step at most. */
  int MAX_ROWS = 512;

  /**
   * A token to append to a sequence, which has a page for it; logits are computed where they are wanted.
   *
   * @param given whether the token was given, and not written, see {@link StepModel#readsApart}; or whether it is to be computed so
   * @param adapter added to the projections, or none; one that this model opened
   */
  record Row(PageTable pages, int token, boolean logits, boolean given, @Nullable Adapter adapter) {
    /** A token that was written, without an adapter. */
    Row(PageTable pages, int token, boolean logits) {
      this(pages, token, logits, false, null);
    }
  }

  /** The model's shape. */
  LlamaConfig config();

  /** How many pages of keys and values there are. */
  int pages();

  /**
   * Whether tokens that were given are computed in another way than those that were written, a faster one for many at a time. Then
   * their keys and values differ, by as much as rounding does, and must not take each other's place.
   */
  default boolean readsApart() {
    return false;
  }

  /** How long a step of four rows takes beside one of a single row. */
  double cost();

  /**
   * Appends each row's token to its sequence; rows of one sequence follow each other in order.
   *
   * @return for each row that wants them, in order, the logits [vocabulary] of what comes next
   * @throws IllegalArgumentException when a token is not in the vocabulary or a sequence has no page for it; nothing is
   *     appended then
   */
  float[][] step(List<Row> rows);

  /**
   * Opens an adapter in the layout of PEFT for this model; safe while another thread makes steps.
   *
   * @throws IOException when a file is missing or torn, or a matrix does not fit the model, naming it
   */
  Adapter openAdapter(Path folder) throws IOException;

  @Override
  void close();
}
