// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

/** Who watches long work on a decoder, and may end it. */
@FunctionalInterface
public interface CompressionProgress {
  /** Nobody. */
  CompressionProgress SILENT = (done, all) -> {};

  /**
   * Some blocks are done.
   *
   * @throws java.util.concurrent.CancellationException when the work is to end
   */
  void blocks(int done, int all);
}
