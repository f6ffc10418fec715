// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A long text as tokens, cut into windows of equal length; documents in it end with a given token.
 *
 * <p>Windows overlap by the one token that is input to one and label to the other's last position.
 */
final class TokenStream {
  private final int[] tokens;
  private final int end;
  private final int length;

  /** A stream; {@code end} is the token that ends a document, {@code length} the window's. */
  TokenStream(int[] tokens, int end, int length) {
    if (tokens.length <= length) {
      throw new IllegalArgumentException(
          "%d tokens are too few for one sequence of %d: give more text or a shorter sequenceLength"
              .formatted(tokens.length, length));
    }
    this.tokens = tokens;
    this.end = end;
    this.length = length;
  }

  /** The documents, counted from 0, that the batch of that number reads. */
  List<Integer> documents(long step, int rows, long seed) {
    SortedSet<Integer> documents = new TreeSet<>();
    int[] drawn = drawn(step, rows, seed);
    for (int window : drawn) {
      int document = 0;
      for (int i = 0; i < (window + 1) * length; i++) {
        if (i >= window * length) {
          documents.add(document);
        }
        document += tokens[i] == end ? 1 : 0;
      }
    }
    return List.copyOf(documents);
  }

  int windows() {
    return (tokens.length - 1) / length;
  }

  /** Batch number {@code step} of a run that visits all windows in a new order each epoch. */
  PackedBatch batch(long step, int rows, long seed) {
    return part(step, 1, rows, seed);
  }

  /**
   * A part of a batch: rows {@code number % parts}, and every {@code parts}-th after it, of batch {@code number / parts}.
   *
   * @throws IllegalArgumentException if the rows cannot be divided into so many equal parts
   */
  PackedBatch part(long number, int parts, int rows, long seed) {
    if (rows % parts != 0) {
      throw new IllegalArgumentException(
          "batch of %d rows cannot be divided into %d equal parts: use a multiple of %d".formatted(rows, parts, parts));
    }
    int[] drawn = drawn(number / parts, rows, seed);
    int first = (int) (number % parts);
    PackedBatch.Builder batch = new PackedBatch.Builder(rows / parts, length);
    for (int row = 0; row < rows / parts; row++) {
      window(batch, row, drawn[first + row * parts]);
    }
    return batch.build();
  }

  private int[] drawn(long step, int rows, long seed) {
    int perEpoch = Math.max(1, windows() / rows);
    int[] order = Shuffle.order(windows(), seed, step / perEpoch);
    int first = (int) (step % perEpoch) * rows;
    int[] drawn = new int[rows];
    Arrays.setAll(drawn, row -> order[(first + row) % order.length]);
    return drawn;
  }

  /** The windows from {@code first} on, in their order, at most {@code rows}. */
  PackedBatch inOrder(int first, int rows) {
    int count = Math.min(rows, windows() - first);
    PackedBatch.Builder batch = new PackedBatch.Builder(count, length);
    for (int row = 0; row < count; row++) {
      window(batch, row, first + row);
    }
    return batch.build();
  }

  private void window(PackedBatch.Builder batch, int row, int window) {
    int from = window * length;
    int document = 0;
    for (int i = 0; i < length; i++) {
      int token = tokens[from + i];
      batch.token(row, i, token, document);
      if (token == end) {
        document++; // what follows belongs to another document and cannot be predicted from this one
      } else {
        batch.predict(row, i, tokens[from + i + 1]);
      }
    }
  }
}
