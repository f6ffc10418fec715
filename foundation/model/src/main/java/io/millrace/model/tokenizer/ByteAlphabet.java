// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The printable stand-ins that byte-level tokenizers use for the 256 bytes, so that a vocabulary is readable JSON.
 *
 * <p>Visible Latin-1 characters stand for themselves; the 68 others take the characters from U+0100 on
 * (Radford et al., Language Models are Unsupervised Multitask Learners, 2019).
 */
final class ByteAlphabet {
  private static final char[] CHAR_OF_BYTE = new char[256];
  private static final int[] ORDER = new int[256];
  private static final int[] BYTE_OF_CHAR = new int[512];

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
    Arrays.fill(BYTE_OF_CHAR, -1);
    for (int b = 0; b < 256; b++) {
      BYTE_OF_CHAR[CHAR_OF_BYTE[b]] = b;
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

  /** The bytes of stand-ins; a character that is none stands for its own UTF-8. */
  static byte[] read(String standIns) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(standIns.length());
    standIns.codePoints().forEach(c -> {
      int b = c < BYTE_OF_CHAR.length ? BYTE_OF_CHAR[c] : -1;
      if (b >= 0) {
        bytes.write(b);
      } else {
        bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
      }
    });
    return bytes.toByteArray();
  }
}
