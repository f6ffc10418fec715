// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The shape of a new decoder: one dial, or explicit figures that go before it. */
final class ShapeOptions {
  /** Shapes that suit a machine and the time that one has. */
  enum Size {
    /** A million parameters: minutes of a laptop. */
    TINY(4, 128, 4, 2, 256, 1024),
    /** About 12 million: an hour of a laptop. */
    SMALL(6, 384, 6, 2, 1024, 8192),
    /** About 90 million: a day of a workstation, or a GPU. */
    BASE(12, 768, 12, 4, 2048, 16_384);

    private final int layers;
    private final int width;
    private final int heads;
    private final int keyValueHeads;
    private final int context;
    private final int vocabulary;

    Size(int layers, int width, int heads, int keyValueHeads, int context, int vocabulary) {
      this.layers = layers;
      this.width = width;
      this.heads = heads;
      this.keyValueHeads = keyValueHeads;
      this.context = context;
      this.vocabulary = vocabulary;
    }
  }

  @Option(names = "--size", paramLabel = "SIZE", order = 4,
      description = "tiny (1 million parameters), small (12 million) or base (90 million) (${DEFAULT-VALUE}).")
  Size size = Size.TINY;

  @Option(names = "--layers", paramLabel = "N", order = 5, description = "Blocks, instead of the size's.")
  @Nullable Integer layers;

  @Option(names = "--width", paramLabel = "N", order = 5, description = "Hidden size, instead of the size's.")
  @Nullable Integer width;

  @Option(names = "--heads", paramLabel = "N", order = 5, description = "Attention heads, instead of the size's; they divide the width.")
  @Nullable Integer heads;

  @Option(names = "--key-value-heads", paramLabel = "N", order = 5,
      description = "Heads of keys and values, instead of the size's; they divide the heads.")
  @Nullable Integer keyValueHeads;

  @Option(names = "--context", paramLabel = "TOKENS", order = 5, description = "Longest sequence, instead of the size's.")
  @Nullable Integer context;

  @Option(names = "--vocabulary", paramLabel = "N", order = 6,
      description = "Tokens of a new tokenizer, instead of the size's; without --tokenizer one is trained on the data first.")
  @Nullable Integer vocabulary;

  int vocabulary() {
    return vocabulary == null ? size.vocabulary : vocabulary;
  }

  DecoderConfig config(Tokenizer tokenizer) {
    int wide = or(width, size.width);
    int parts = or(heads, size.heads);
    if (parts < 1 || wide % parts != 0 || wide / parts % 2 != 0) {
      throw new IllegalArgumentException("--width " + wide + " does not split into --heads " + parts + " of even size");
    }
    // SwiGLU has three matrices: two thirds of four times the width keep the usual cost (Shazeer 2020), in whole lanes.
    int inner = (wide * 8 / 3 + 63) / 64 * 64;
    int end = tokenizer.id(SpecialToken.END_OF_TEXT);
    return new DecoderConfig(tokenizer.size(), wide, inner, or(layers, size.layers), parts,
        or(keyValueHeads, width == null && heads == null ? size.keyValueHeads : parts), wide / parts,
        or(context, size.context), 10_000, 1e-5, true, end, end, end);
  }

  private static int or(@Nullable Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }
}
