// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.compress.Quantisation;
import io.millrace.compress.Recipe;
import io.millrace.model.gguf.GgufType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** How our engine's weights are stored, and which of llama.cpp's formats stand beside that. */
enum Precision {
  /** As they were trained. */
  BF16(List.of(GgufType.BF16, GgufType.F16), List.of()),
  /** Eight bits, a scale for each 32. */
  INT8(List.of(GgufType.Q8_0), List.of(GgufType.BF16, GgufType.F16)),
  /** Four bits, a scale for each 32. */
  INT4(List.of(GgufType.Q4_K, GgufType.Q4_0), List.of(GgufType.Q8_0, GgufType.BF16, GgufType.F16));

  private final List<GgufType> rivals;
  private final List<GgufType> finer;

  Precision(List<GgufType> rivals, List<GgufType> finer) {
    this.rivals = rivals;
    this.finer = finer;
  }

  /** llama.cpp's formats that people would take in its place, the likeliest first. */
  List<GgufType> rivals() {
    return rivals;
  }

  /** llama.cpp's formats of equal or better precision. */
  List<GgufType> peers() {
    return Stream.concat(rivals.stream(), finer.stream()).toList();
  }

  /** As in the key {@code case}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Makes a folder of this precision from one of BF16 weights. */
  void quantise(Path bf16, Path folder) throws IOException {
    switch (this) {
      case BF16 -> throw new IllegalStateException("a folder of BF16 weights is not quantised");
      case INT8 -> Quantisation.run(bf16, folder, Recipe.INT8);
      case INT4 -> Quantisation.run(bf16, folder, Recipe.INT4);
    }
  }
}
