// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.RopeScaling;

import java.util.List;

/** Shapes that are measured; the weights are random, since the time of a step does not depend on their values. */
enum ModelShape {
  /** Qwen3-0.6B: 596 million parameters, a quarter of them in the embedding, which is also the output layer. */
  QWEN3_0_6B("qwen3-0.6b", qwen3(151_936, 1024, 3072, 28, 16, 8, 128)),
  /** A tenth of it, for a quick answer. */
  QWEN3_54M("qwen3-54m", qwen3(32_000, 512, 1536, 12, 8, 4, 64)),
  /** What a domain trains for itself. */
  LLAMA_10M("llama-10m", DecoderConfig.small(8192, -1, 0, -1)),
  /** For tests. */
  QWEN3_TINY("qwen3-tiny", qwen3(512, 256, 512, 2, 4, 2, 64));

  private final String label;
  private final DecoderConfig config;

  ModelShape(String label, DecoderConfig config) {
    this.label = label;
    this.config = config;
  }

  private static DecoderConfig qwen3(int vocabulary, int width, int inner, int layers, int heads, int kvHeads, int headDim) {
    return new DecoderConfig(DecoderFamily.QWEN3, vocabulary, width, inner, layers, heads, kvHeads, headDim, 4096, 1e6,
        RopeScaling.NONE, 1e-6, true, -1, List.of(0), -1, null);
  }

  /** As in the key {@code case}. */
  String label() {
    return label;
  }

  DecoderConfig config() {
    return config;
  }
}
