// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

/**
 * Parts the bytes into fewer than 64 categories, so that a set of them fits a word: letters, digits, the rest mostly by
 * itself.
 */
final class ByteCategory {
  private static final long[] BIT = new long[256];

  static {
    int next = 7;
    for (int b = 0; b < 256; b++) {
      if (b >= 'a' && b <= 'z') {
        BIT[b] = 1;
      } else if (b >= 'A' && b <= 'Z') {
        BIT[b] = 1 << 1;
      } else if (b >= '0' && b <= '9') {
        BIT[b] = 1 << 2;
      } else if (b >= 0xc0) {
        BIT[b] = 1 << 3; // the first of a character's bytes
      } else if (b >= 0x80) {
        BIT[b] = 1 << 4;
      } else if (b < ' ' && b != '\n' && b != '\t') {
        BIT[b] = 1 << 5;
      } else if (b == 0x7f) {
        BIT[b] = 1 << 6;
      } else {
        BIT[b] = 1L << next++;
      }
    }
  }

  private ByteCategory() {}

  /** The one bit of the byte's category. */
  static long bit(int b) {
    return BIT[b];
  }
}
