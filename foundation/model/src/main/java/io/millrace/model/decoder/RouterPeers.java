// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

/**
 * The processes whose tokens make up one batch: balance and capacity of experts are those of all of it, as if one
 * process had read the rows of all, one after another.
 */
public interface RouterPeers {
  /** A process that reads the whole batch. */
  RouterPeers ALONE = new RouterPeers() {
    @Override
    public long[][] gather(long[] counts) {
      return new long[][] {counts};
    }

    @Override
    public int rank() {
      return 0;
    }
  };

  /** The counts of every process, in the order of their rows; all of them call at the same point. */
  long[][] gather(long[] counts);

  /** This process's place in that order, from 0. */
  int rank();
}
