// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import java.nio.file.Path;

/** Opens each encoder once for all tests; model files stay in target. */
final class TestModels {

  private static final Path CACHE = Path.of("target", "models");

  private TestModels() {}

  static BgeEmbedder english() {
    return English.EMBEDDER;
  }

  static BgeEmbedder chinese() {
    return Chinese.EMBEDDER;
  }

  private static final class English {
    static final BgeEmbedder EMBEDDER = new BgeEmbedder(BgeModel.ENGLISH, CACHE, 2);
  }

  private static final class Chinese {
    static final BgeEmbedder EMBEDDER = new BgeEmbedder(BgeModel.CHINESE, CACHE, 2);
  }
}
