// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

/** Opens each encoder once for all tests. */
final class TestModels {

  private TestModels() {}

  static EncoderEmbedder english() {
    return English.EMBEDDER;
  }

  static EncoderEmbedder chinese() {
    return Chinese.EMBEDDER;
  }

  private static final class English {
    static final EncoderEmbedder EMBEDDER = new EncoderEmbedder(BgeModel.ENGLISH, 2);
  }

  private static final class Chinese {
    static final EncoderEmbedder EMBEDDER = new EncoderEmbedder(BgeModel.CHINESE, 2);
  }
}
