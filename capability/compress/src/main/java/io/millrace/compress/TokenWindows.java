// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;

/**
 * A text as tokens, cut into windows of equal length without overlap, from which the next token is predicted; documents
 * in it end with a given token and do not see each other.
 *
 * @param tokens of the whole text; shared
 * @param length tokens of a window
 * @param end the token that ends a document; −1 for none
 */
public record TokenWindows(int[] tokens, int length, int end) {
  /** Checks that there is a window and a token to predict after it. */
  public TokenWindows {
    if (length < 1 || tokens.length <= length) {
      throw new IllegalArgumentException(tokens.length + " tokens are too few for a window of " + length
          + " and the token after it: give more text, or a shorter window");
    }
  }

  /** How many windows there are. */
  public int count() {
    return (tokens.length - 1) / length;
  }

  /** The first {@code most} windows, or all if there are no more. */
  public TokenWindows first(int most) {
    return most >= count() ? this : new TokenWindows(Arrays.copyOf(tokens, most * length + 1), length, end);
  }

  /** Windows spread evenly over the text, one after another in a text of their own, each a document by itself. */
  public TokenWindows spread(int most) {
    if (most >= count() || end < 0) {
      return first(most);
    }
    int[] spread = new int[most * length + 1];
    for (int i = 0; i < most; i++) {
      int from = (int) ((long) i * count() / most) * length;
      System.arraycopy(tokens, from, spread, i * length, length);
    }
    spread[most * length] = end;
    return new TokenWindows(spread, length, end);
  }

  /** Some windows as tensors, in the open scope. */
  Batch batch(int first, int rows) {
    int count = Math.min(rows, count() - first);
    int[] inputs = Arrays.copyOfRange(tokens, first * length, (first + count) * length);
    long[] documents = new long[inputs.length];
    long[] positions = new long[inputs.length];
    long[] labels = new long[inputs.length];
    int predicted = 0;
    for (int i = 0; i < inputs.length; i++) {
      // What follows an end belongs to another document and cannot be predicted from this one.
      documents[i] = i % length == 0 ? 0 : documents[i - 1] + (inputs[i - 1] == end ? 1 : 0);
      if (inputs[i] != end) {
        positions[predicted] = i;
        labels[predicted++] = tokens[first * length + i + 1];
      }
    }
    return new Batch(Tensors.of(inputs, count, length), Tensors.of(documents, count, length),
        Arrays.copyOf(positions, predicted), Arrays.copyOf(labels, predicted));
  }

  /**
   * Windows that are read at once.
   *
   * @param tokens [rows, length] I32
   * @param documents [rows, length] I64, a number for each document
   * @param positions into rows × length, from which a token is predicted
   * @param labels the token to predict at each of them
   */
  record Batch(Tensor tokens, Tensor documents, long[] positions, long[] labels) {}

  /** Windows at a time so that about so many tokens are read at once. */
  int rowsFor(int tokensAtOnce) {
    return Math.max(1, tokensAtOnce / length);
  }
}
