// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Torch;

import java.util.stream.IntStream;

/** Shares rows out among the threads that libtorch may use; which part gets which rows is always the same. */
final class Rows {
  /** Works on the rows {@code from} (inclusive) to {@code to} (exclusive). */
  @FunctionalInterface
  interface Part {
    void run(int part, int from, int to);
  }

  private Rows() {}

  /** How many parts {@link #share} makes. */
  static int parts() {
    return Torch.threads();
  }

  /** Runs all parts and returns when they are done. */
  static void share(int rows, Part part) {
    int parts = parts();
    if (parts == 1) {
      part.run(0, 0, rows);
      return;
    }
    IntStream.range(0, parts).parallel().forEach(
        i -> part.run(i, (int) ((long) rows * i / parts), (int) ((long) rows * (i + 1) / parts)));
  }
}
