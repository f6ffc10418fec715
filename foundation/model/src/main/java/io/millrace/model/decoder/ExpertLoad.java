// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

import java.util.Arrays;

/**
 * How often the tokens of a batch, which several processes may read, chose each expert.
 *
 * @param counts [process][choice · experts + expert]: choice 0 is each token's favourite
 * @param process this one's place in the order of rows
 * @param experts what they chose among
 */
record ExpertLoad(long[][] counts, int process, Experts experts) {
  /** Counts this process's choices, [tokens, perToken], and asks its peers for theirs. */
  static ExpertLoad of(Tensor chosen, Experts experts, RouterPeers peers) {
    int kinds = experts.perToken() * experts.count();
    Tensor offsets = torch.arange(new Scalar((long) experts.perToken())).mul(new Scalar((long) experts.count()));
    Tensor keys = chosen.add(offsets.to(chosen.device(), chosen.scalar_type())).reshape(-1);
    long[] own = Tensors.longs(torch.bincount(keys, new TensorOptional(), kinds));
    return new ExpertLoad(peers.gather(own), peers.rank(), experts);
  }

  /** The share of the batch's tokens that each expert was chosen by. */
  double[] fractions() {
    double tokens = tokens();
    return Arrays.stream(totals()).mapToDouble(total -> total / tokens).toArray();
  }

  private double tokens() {
    return (double) Arrays.stream(totals()).sum() / experts.perToken();
  }

  private long[] totals() {
    long[] totals = new long[experts.count()];
    for (long[] each : counts) {
      for (int i = 0; i < each.length; i++) {
        totals[i % totals.length] += each[i];
      }
    }
    return totals;
  }

  /** Assignments that an expert of that capacity takes. */
  private long most(double capacity) {
    return (long) Math.ceil(capacity * tokens() * experts.perToken() / experts.count());
  }

  /**
   * How many of this process's assignments find room, [choice · experts + expert]: first choices come before second
   * ones, and among equal ones those of earlier rows.
   */
  long[] kept(double capacity) {
    long most = most(capacity);
    int size = experts.count();
    long[] kept = counts[process].clone();
    long[] taken = new long[size];
    for (int choice = 0; choice < experts.perToken(); choice++) {
      for (int p = 0; p < counts.length; p++) {
        for (int e = 0; e < size; e++) {
          long wanted = counts[p][choice * size + e];
          if (p == process) {
            kept[choice * size + e] = Math.clamp(most - taken[e], 0, wanted);
          }
          taken[e] += wanted;
        }
      }
    }
    return kept;
  }

  /** How many assignments of the whole batch find no room. */
  long dropped(double capacity) {
    long most = most(capacity);
    return Arrays.stream(totals()).map(total -> Math.max(0, total - most)).sum();
  }
}
