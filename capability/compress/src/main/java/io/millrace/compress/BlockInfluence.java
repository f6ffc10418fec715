// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How much each block changes the direction of what passes it: 1 − cosine of a token's state before and after, meaned
 * over tokens. Blocks that hardly turn it are missed least. Source: Men et al. 2024, ShortGPT, equation 1.
 */
public final class BlockInfluence {
  private BlockInfluence() {}

  /** The influence of each block on a text, from 0 (none) to 2. */
  public static List<Double> of(Decoder decoder, TokenWindows text, CompressionProgress progress) {
    int layers = decoder.config().layers();
    List<Double> influence = new ArrayList<>();
    try (CalibrationPass pass = new CalibrationPass(decoder, text)) {
      for (int layer = 0; layer < layers; layer++) {
        progress.blocks(layer, layers);
        double[] sums = new double[2];
        pass.pass((input, output) -> {
          sums[0] += torch.cosine_similarity(input, output, 2, 1e-12).sum().item_double();
          sums[1] += (double) input.size(0) * input.size(1);
        });
        influence.add(1 - sums[0] / sums[1]);
      }
    }
    return influence;
  }

  /** The {@code count} most influential blocks, in the order in which they stand. */
  static int[] strongest(List<Double> influence, int count) {
    return IntStream.range(0, influence.size()).boxed()
        .sorted((a, b) -> Double.compare(influence.get(b), influence.get(a))).limit(count)
        .mapToInt(layer -> layer).sorted().toArray();
  }
}
