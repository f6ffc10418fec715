// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

/** How keys and values are kept. */
public enum KvFormat {
  /** As they were computed. */
  F32(4, false),
  /** The nearest numbers of 16 bits, as the model was trained with. */
  BF16(2, false),
  /** Eight bits and a scale for each position of a head: half the memory, results a little different. */
  INT8(1, true);

  private final int bytes;
  private final boolean scaled;

  KvFormat(int bytes, boolean scaled) {
    this.bytes = bytes;
    this.scaled = scaled;
  }

  int bytes() {
    return bytes;
  }

  boolean scaled() {
    return scaled;
  }
}
