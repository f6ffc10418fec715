// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

/**
 * The printable stand-ins that byte-level tokenizers use for the 256 bytes, so that a vocabulary is readable JSON.
 *
 * <p>Visible Latin-1 characters stand for themselves; the 68 others take the characters from U+0100 on
 * (Radford et al., Language Models are Unsupervised Multitask Learners, 2019).
 */
final class ByteAlphabet {
  private static final char[] CHAR_OF_BYTE = new char[256];
  private static final int[] ORDER = new int[256];

  static {
    int visible = 0;
    for (int b = 0; b < 256; b++) {
      if (isVisible(b)) {
        CHAR_OF_BYTE[b] = (char) b;
        ORDER[visible++] = b;
      }
    }
    char next = 256;
    for (int b = 0; b < 256; b++) {
      if (!isVisible(b)) {
        CHAR_OF_BYTE[b] = next++;
        ORDER[visible++] = b;
      }
    }
  }

  private ByteAlphabet() {}

  private static boolean isVisible(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
  }

  /** The i-th byte in the customary order of ids: visible ones first. */
  static int byteAt(int i) {
    return ORDER[i];
  }

  /** The stand-ins of the bytes. */
  static String write(byte[] bytes) {
    char[] chars = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      chars[i] = CHAR_OF_BYTE[bytes[i] & 0xff];
    }
    return new String(chars);
  }
}
