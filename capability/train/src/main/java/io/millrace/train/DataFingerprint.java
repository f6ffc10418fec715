// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A short text that differs where training data differ: the first half of their SHA-256. */
final class DataFingerprint {
  private static final int PORTION = 1 << 14;
  private final MessageDigest digest;

  DataFingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String of(int[] tokens) {
    return new DataFingerprint().add(tokens).text();
  }

  static String of(Iterable<Example> examples) {
    DataFingerprint fingerprint = new DataFingerprint();
    examples.forEach(fingerprint::add);
    return fingerprint.text();
  }

  /** Takes up a sequence and where it ends. */
  DataFingerprint add(int[] tokens) {
    ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES * PORTION);
    for (int from = 0; from < tokens.length; from += PORTION) {
      int count = Math.min(PORTION, tokens.length - from);
      buffer.clear();
      buffer.asIntBuffer().put(tokens, from, count);
      digest.update(buffer.limit(Integer.BYTES * count));
    }
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, tokens.length));
    return this;
  }

  /** Takes up an example: its tokens and which of them are learnt. */
  DataFingerprint add(Example example) {
    int[] learnt = new int[example.length()];
    for (int i = 0; i < learnt.length; i++) {
      learnt[i] = example.learnt()[i] ? 1 : 0;
    }
    return add(example.tokens()).add(learnt);
  }

  String text() {
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }
}
