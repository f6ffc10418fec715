// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

/** Opens each encoder once for all tests. */
final class TestModels {

  private TestModels() {}

  static BgeEmbedder english() {
    return English.EMBEDDER;
  }

  static BgeEmbedder chinese() {
    return Chinese.EMBEDDER;
  }

  private static final class English {
    static final BgeEmbedder EMBEDDER = new BgeEmbedder(BgeModel.ENGLISH, 2);
  }

  private static final class Chinese {
    static final BgeEmbedder EMBEDDER = new BgeEmbedder(BgeModel.CHINESE, 2);
  }
}
