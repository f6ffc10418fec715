// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.model.decoder.ExpertBank;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;

/**
 * Experts of which each rank has an equal share, in their order: tokens are sent to the ranks of their experts and the
 * answers are sent back. Source: Lepikhin et al. 2020, GShard; without its padding, since rows may differ in number.
 */
final class ExpertParallelBank implements ExpertBank {
  private final Collective group;
  private final GradientExchange exchange;
  private final ExpertBank local;

  /**
   * A bank over several ranks.
   *
   * @param group the ranks, in the order of their experts
   * @param exchange with the same ranks
   * @param local this rank's experts
   */
  ExpertParallelBank(Collective group, GradientExchange exchange, ExpertBank local) {
    this.group = group;
    this.exchange = exchange;
    this.local = local;
  }

  @Override
  public Tensor apply(Tensor x, long[] counts) {
    int ranks = group.size();
    int mine = counts.length / ranks;
    long[] arriving = swapped(counts, Device.of(x)); // [rank, expert of mine]
    long[] toEach = new long[ranks];
    long[] fromEach = new long[ranks];
    long[] perExpert = new long[mine];
    for (int r = 0; r < ranks; r++) {
      for (int e = 0; e < mine; e++) {
        toEach[r] += counts[r * mine + e];
        fromEach[r] += arriving[r * mine + e];
        perExpert[e] += arriving[r * mine + e];
      }
    }
    Tensor arrived = exchange.exchanged(x, toEach, fromEach);
    long[] order = byExpert(arriving, mine);
    Tensor sorted = arrived.index_select(0, index(order, x));
    Tensor read = local.apply(sorted, perExpert);
    return exchange.exchanged(read.index_select(0, index(inverse(order), x)), fromEach, toEach);
  }

  /** Each rank tells each other how many rows it has for every expert there. */
  private long[] swapped(long[] counts, Device device) {
    try (Scope _ = Scope.open()) {
      long[] equal = new long[group.size()];
      Arrays.fill(equal, counts.length / group.size());
      Tensor sent = device.move(Tensors.of(counts, counts.length));
      Tensor received = device.move(Tensors.of(new long[counts.length], counts.length));
      group.allToAll(received, equal, sent, equal);
      return Tensors.longs(received);
    }
  }

  /** Which of the rows, that lie by rank and then by expert, come first when they lie by expert and then by rank. */
  private static long[] byExpert(long[] arriving, int mine) {
    int ranks = arriving.length / mine;
    long[] starts = new long[arriving.length];
    for (int i = 1; i < starts.length; i++) {
      starts[i] = starts[i - 1] + arriving[i - 1];
    }
    long[] order = new long[(int) Arrays.stream(arriving).sum()];
    int at = 0;
    for (int e = 0; e < mine; e++) {
      for (int r = 0; r < ranks; r++) {
        for (long row = 0; row < arriving[r * mine + e]; row++) {
          order[at++] = starts[r * mine + e] + row;
        }
      }
    }
    return order;
  }

  private static long[] inverse(long[] order) {
    long[] inverse = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[(int) order[i]] = i;
    }
    return inverse;
  }

  private static Tensor index(long[] rows, Tensor like) {
    return Device.of(like).move(Tensors.of(rows, rows.length));
  }
}
