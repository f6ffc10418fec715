// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Ties an embedding to the exact text it was made from. */
public final class TextHash {

  private static final int BYTES = 8;

  private TextHash() {}

  /** Returns the first 16 hexadecimal digits of the SHA-256 of {@link Passage#textInContext()}. */
  public static String of(Passage passage) {
    return of(passage.textInContext());
  }

  /** Returns the same of any text. */
  public static String of(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
