// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Reduction;
import io.millrace.tensor.collective.ThreadRanks;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.Random;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Gradients that travel between ranks, against central differences of what all ranks compute together, in F64. */
class GradientExchangeTest {
  private static final double STEP = 1e-5;

  /** A computation that ranks make together. */
  private interface Together {
    /** This rank's loss as a function of what it reads. */
    UnaryOperator<Tensor> on(GradientExchange exchange, int rank);
  }

  /** Every rank reads the same: moving it moves all. */
  private static void checkShared(int ranks, Together together, int rows) {
    check(ranks, together, rows, true);
  }

  /** Every rank reads its own. */
  private static void checkOwn(int ranks, Together together, int rows) {
    check(ranks, together, rows, false);
  }

  private static void check(int ranks, Together together, int rows, boolean shared) {
    ThreadRanks.run(ranks, group -> {
      try (GradientExchange exchange = new GradientExchange(group);
          Scope _ = Scope.open()) {
        UnaryOperator<Tensor> loss = together.on(exchange, group.rank());
        int mine = shared ? rows : rows + group.rank();
        double[] values = new Random(shared ? 7 : group.rank()).doubles(3L * mine, -1, 1).toArray();
        Tensor x = Tensors.of(values, mine, 3).requires_grad_(true);
        loss.apply(x).backward();
        double[] gradient = Tensors.doubles(x.grad());
        for (int owner = 0; owner < (shared ? 1 : group.size()); owner++) {
          for (int i = 0; i < 3 * (shared ? rows : rows + owner); i++) {
            boolean moves = shared || owner == group.rank();
            double slope = (total(group, loss, values, mine, moves ? i : -1, STEP)
                - total(group, loss, values, mine, moves ? i : -1, -STEP)) / (2 * STEP);
            if (moves) {
              assertThat(gradient[i]).as("rank %d, element %d", group.rank(), i).isCloseTo(slope, within(1e-8));
            }
          }
        }
      }
      return null;
    });
  }

  private static double total(
      Collective group, UnaryOperator<Tensor> loss, double[] values, int rows, int element, double move) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      double[] moved = values.clone();
      if (element >= 0) {
        moved[element] += move;
      }
      Tensor sum = loss.apply(Tensors.of(moved, rows, 3)).reshape(1);
      group.allReduce(sum, Reduction.SUM);
      return sum.item_double();
    }
  }

  private static Tensor weights(int rank, long rows, long columns) {
    return Tensors.of(new Random(100 + rank).doubles(rows * columns, -1, 1).toArray(), rows, columns);
  }

  @Test
  void whatEachRankReadsInItsOwnWayGetsTheSumOfTheirGradients() {
    checkShared(2, (exchange, rank) -> {
      Tensor w = weights(rank, 3, 4);
      return x -> exchange.copied(x).matmul(w).tanh().sum();
    }, 2);
  }

  @Test
  void partsOfOneResultEachGetItsGradient() {
    checkOwn(2, (exchange, rank) -> {
      Tensor w = weights(rank, 3, 4);
      Tensor v = weights(9, 4, 1);
      // What follows is computed on both ranks, but is one result: only one rank's is counted.
      return x -> {
        Tensor whole = exchange.summed(x.narrow(0, 0, 2).matmul(w).tanh()).matmul(v).square().sum();
        return rank == 0 ? whole.add(x.square().sum()) : counted(whole).add(x.square().sum());
      };
    }, 2);
  }

  /** Zero as a number, whole for the gradient, as a result that another rank has too. */
  private static Tensor counted(Tensor whole) {
    return whole.sub(whole.detach());
  }

  @Test
  void aSlicedFeedForwardHasTheGradientOfTheWhole() {
    for (int ranks : new int[] {2, 3}) {
      checkShared(ranks, (exchange, rank) -> {
        Tensor up = weights(rank, 3, 4);
        Tensor down = weights(50 + rank, 4, 3);
        return x -> {
          Tensor y = x.add(exchange.summed(exchange.copied(x).matmul(up).tanh().matmul(down)));
          Tensor z = y.add(exchange.summed(exchange.copied(y.sin()).matmul(up).tanh().matmul(down)));
          // Each rank has the whole loss; the total of all is to be it once.
          return rank == 0 ? z.square().sum() : counted(z.square().sum());
        };
      }, 2);
    }
  }

  @Test
  void rowsThatWereSentAwayGetTheirGradientsBack() {
    checkOwn(2, (exchange, rank) -> {
      long[] toEach = rank == 0 ? new long[] {1, 2} : new long[] {3, 1};
      long[] fromEach = rank == 0 ? new long[] {1, 3} : new long[] {2, 1};
      Tensor w = weights(rank, 3, 3);
      return x -> {
        Tensor read = exchange.exchanged(x, toEach, fromEach).matmul(w).tanh();
        Tensor back = exchange.exchanged(read, fromEach, toEach);
        return back.mul(x.sin()).sum();
      };
    }, 3);
  }

  @Test
  void aRankThatGetsNoRowsStillTakesPart() {
    checkOwn(2, (exchange, rank) -> {
      long[] toEach = {rank == 0 ? 3 : 4, 0};
      long[] fromEach = rank == 0 ? new long[] {3, 4} : new long[] {0, 0};
      return x -> {
        Tensor read = exchange.exchanged(x, toEach, fromEach).square();
        return exchange.exchanged(read, fromEach, toEach).sum();
      };
    }, 3);
  }

  @Test
  void valuesAreExactlyTheSumAndExactlyTheRows() {
    ThreadRanks.run(2, group -> {
      try (GradientExchange exchange = new GradientExchange(group);
          Scope _ = Scope.open()) {
        Tensor x = torch.full(new long[] {1, 1}, new Scalar(group.rank() == 0 ? 1e8 : 1.0)).requires_grad_(true);
        Tensor sum = exchange.summed(x);
        assertThat(Tensors.floats(sum)).containsExactly(1e8f + 1f);
        assertThat(sum.requires_grad()).isTrue();
        assertThat(Tensors.floats(exchange.exchanged(x, new long[] {group.rank(), 1 - group.rank()},
            new long[] {group.rank() == 0 ? 0 : 1, group.rank() == 0 ? 1 : 0}).reshape(-1))).hasSize(1);
        sum.sum().backward();
        assertThat(Tensors.floats(x.grad())).containsExactly(1);
      }
      return null;
    });
  }
}
