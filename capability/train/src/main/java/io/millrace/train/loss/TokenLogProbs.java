// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Log-probabilities of given tokens, and their sums over sequences. */
public final class TokenLogProbs {
  private TokenLogProbs() {}

  /**
   * The log-probability of one token at each position.
   *
   * @param logits [n, vocabulary], F32 or F64
   * @param labels [n] I64
   * @return [n], in nats
   */
  public static Tensor of(Tensor logits, Tensor labels) {
    Tensor chosen = logits.gather(1, labels.unsqueeze(1)).squeeze(1);
    return chosen.sub(torch.logsumexp(logits, 1));
  }

  /**
   * Sums over sequences.
   *
   * @param values [n]
   * @param owners [n] I64: the sequence that each value belongs to
   * @param sequences how many there are
   * @return [sequences]
   */
  public static Tensor sums(Tensor values, Tensor owners, long sequences) {
    Tensor zero = torch.zeros(new long[] {sequences}, new org.bytedeco.pytorch.TensorOptions(values.scalar_type()));
    return torch.index_add(zero, 0, owners, values);
  }
}
