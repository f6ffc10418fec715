// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A new encoder of a smaller shape that knows a large one's words: the embeddings of words and positions are projected onto the directions in
 * which words differ most (principal components), everything else is random. A small model has too few examples to learn words by itself.
 */
public final class SmallEncoder {
  private SmallEncoder() {}

  /**
   * Makes one in F32 on the CPU.
   *
   * @param large whose words it takes over; not changed
   * @param layers blocks
   * @param hidden width, at most that of the large one
   * @param intermediate width inside the feed-forward block
   * @param heads of attention
   * @param positions longest sequence, at most that of the large one
   * @param types of tokens
   * @param seed of what is random
   */
  public static Encoder of(
      Encoder large, int layers, int hidden, int intermediate, int heads, int positions, int types, long seed) {
    EncoderConfig from = large.config();
    if (hidden > from.hiddenSize() || positions > from.maxPositions()) {
      throw new IllegalArgumentException("width %d and %d positions are more than the large encoder's %d and %d"
          .formatted(hidden, positions, from.hiddenSize(), from.maxPositions()));
    }
    Encoder small =
        Encoder.random(
            new EncoderConfig(
                from.vocabSize(), hidden, intermediate, layers, heads, positions, types, from.layerNormEps(), from.padId()),
            seed);
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor words = large.weights().get(EncoderWeights.WORDS);
      Tensor mean = words.mean(new long[] {0}, true, new ScalarTypeOptional());
      Tensor centred = words.sub(mean);
      Tensor covariance = centred.t().matmul(centred).div(new Scalar((double) words.size(0)));
      // Eigenvalues come in ascending order.
      Tensor directions = torch.linalg_eigh(covariance).get1().narrow(1, from.hiddenSize() - hidden, hidden);
      small.weights().get(EncoderWeights.WORDS).copy_(centred.matmul(directions));
      small.weights().get(EncoderWeights.POSITIONS)
          .copy_(large.weights().get(EncoderWeights.POSITIONS).narrow(0, 0, positions).matmul(directions));
    } catch (Throwable t) {
      small.close();
      throw t;
    }
    return small;
  }
}
