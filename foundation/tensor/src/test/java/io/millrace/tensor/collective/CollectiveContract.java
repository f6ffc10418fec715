// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** What every implementation must do. Each rank's numbers are known to all, so that results are computed in Java too. */
abstract class CollectiveContract {
  /** How many ranks the implementation under test has here. */
  abstract int size();

  /** Runs one rank's part in every rank. */
  abstract void everywhere(ThreadRanks.Body<Void> body);

  private void inScope(ThreadRanks.Body<Void> body) {
    everywhere(group -> {
      try (Scope _ = Scope.open()) {
        return body.run(group);
      }
    });
  }

  private static float[] numbers(int rank, int count) {
    Random random = new Random(17L * rank + count);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextFloat() * 2 - 1;
    }
    return numbers;
  }

  /** The reduction of {@code length} of the ranks' {@code count} numbers from {@code from} on. */
  private double[] reduced(Reduction reduction, int count, int from, int length) {
    double[] result = widened(numbers(0, count));
    for (int rank = 1; rank < size(); rank++) {
      double[] more = widened(numbers(rank, count));
      for (int i = 0; i < count; i++) {
        result[i] = switch (reduction) {
          case SUM -> result[i] + more[i];
          case PRODUCT -> result[i] * more[i];
          case MIN -> Math.min(result[i], more[i]);
          case MAX -> Math.max(result[i], more[i]);
        };
      }
    }
    return Arrays.copyOfRange(result, from, from + length);
  }

  private static double[] widened(float[] numbers) {
    return IntStream.range(0, numbers.length).mapToDouble(i -> numbers[i]).toArray();
  }

  @Test
  void allReduceReducesEveryElement() {
    inScope(group -> {
      assertThat(group.size()).isEqualTo(size());
      for (Reduction reduction : Reduction.values()) {
        for (int count : new int[] {1, 7, 4096}) {
          Tensor tensor = Tensors.of(numbers(group.rank(), count), count);
          group.allReduce(tensor, reduction);
          assertThat(Tensors.doubles(tensor)).containsExactly(reduced(reduction, count, 0, count), within(1e-5));
        }
      }
      return null;
    });
  }

  @Test
  void reductionsUnderWayAtOnceDoNotMix() {
    inScope(group -> {
      List<Tensor> tensors = new ArrayList<>();
      List<Pending> pending = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        tensors.add(torch.full(new long[] {1000 + i}, new Scalar(i + 1.0)));
        pending.add(group.allReduceAsync(tensors.getLast(), Reduction.SUM));
      }
      pending.forEach(Pending::await);
      for (int i = 0; i < 20; i++) {
        assertThat(Tensors.floats(tensors.get(i))).containsOnly((i + 1f) * size());
      }
      return null;
    });
  }

  @Test
  void wholeNumbersHalfAndDoublePrecisionAreReducedInTheirFormat() {
    inScope(group -> {
      for (DType dtype : new DType[] {DType.F64, DType.F32, DType.BF16, DType.F16, DType.I64, DType.I32}) {
        Tensor tensor = torch.full(new long[] {3}, new Scalar(group.rank() + 1.0), dtype.options());
        group.allReduce(tensor, Reduction.SUM);
        assertThat(DType.of(tensor)).isEqualTo(dtype);
        assertThat(Tensors.doubles(tensor)).containsOnly(size() * (size() + 1) / 2.0);
      }
      return null;
    });
  }

  @Test
  void broadcastGivesEveryRankTheRootsTensor() {
    inScope(group -> {
      for (int root = 0; root < size(); root++) {
        Tensor tensor = Tensors.of(numbers(group.rank(), 33), 3, 11);
        group.broadcast(tensor, root);
        assertThat(Tensors.floats(tensor)).isEqualTo(numbers(root, 33));
      }
      return null;
    });
  }

  @Test
  void allGatherJoinsPartsInTheOrderOfRanks() {
    inScope(group -> {
      Tensor whole = torch.zeros(new long[] {2L * size(), 5});
      group.allGather(whole, Tensors.of(numbers(group.rank(), 10), 2, 5));
      float[] found = Tensors.floats(whole);
      for (int rank = 0; rank < size(); rank++) {
        assertThat(Arrays.copyOfRange(found, 10 * rank, 10 * rank + 10)).isEqualTo(numbers(rank, 10));
      }
      return null;
    });
  }

  @Test
  void aPartMayLieInItsPlaceInTheWhole() {
    inScope(group -> {
      Tensor whole = torch.zeros(new long[] {4L * size()});
      whole.narrow(0, 4L * group.rank(), 4).fill_(new Scalar(group.rank() + 1.0));
      group.allGather(whole, whole.narrow(0, 4L * group.rank(), 4));
      assertThat(Tensors.floats(whole)[4 * size() - 1]).isEqualTo(size());
      assertThat(Tensors.floats(whole)[0]).isEqualTo(1);
      return null;
    });
  }

  @Test
  void reduceScatterGivesEachRankItsShareAndLeavesTheInput() {
    inScope(group -> {
      for (Reduction reduction : Reduction.values()) {
        int count = 6 * size();
        Tensor whole = Tensors.of(numbers(group.rank(), count), count / 2, 2);
        Tensor part = torch.zeros(new long[] {3, 2});
        group.reduceScatter(part, whole, reduction);
        assertThat(Tensors.doubles(part))
            .containsExactly(reduced(reduction, count, 6 * group.rank(), 6), within(1e-5));
        assertThat(Tensors.floats(whole)).isEqualTo(numbers(group.rank(), count));
      }
      return null;
    });
  }

  @Test
  void reduceScatterAddsHalfPrecisionInSingle() {
    inScope(group -> {
      // 1 + size · 2⁻⁹ loses every summand if each sum is rounded to BF16's 8 bits.
      Tensor whole = torch.full(new long[] {size()}, new Scalar(1.0 / 512), DType.BF16.options());
      if (group.rank() == 0) {
        whole.fill_(new Scalar(1.0));
      }
      Tensor part = torch.zeros(new long[] {1}, DType.BF16.options());
      group.reduceScatter(part, whole, Reduction.SUM);
      double exact = 1 + (size() - 1) / 512.0;
      assertThat(Tensors.doubles(part)[0]).isCloseTo(exact, within(1 / 256.0));
      return null;
    });
  }

  /** Rank r sends r + k + 1 rows to rank k, none to itself where that is odd; each row says whence and where to. */
  @Test
  void allToAllDeliversUnevenRowsInTheOrderOfRanks() {
    inScope(group -> {
      int me = group.rank();
      long[] to = IntStream.range(0, size()).mapToLong(other -> rows(me, other)).toArray();
      long[] from = IntStream.range(0, size()).mapToLong(other -> rows(other, me)).toArray();
      Tensor sent = labelled(IntStream.range(0, size()).mapToObj(other -> new int[] {me, other}).toList());
      Tensor received = torch.zeros(new long[] {Arrays.stream(from).sum(), 2});
      group.allToAll(received, from, sent, to);
      assertThat(Tensors.floats(received))
          .isEqualTo(Tensors.floats(labelled(IntStream.range(0, size()).mapToObj(other -> new int[] {other, me}).toList())));
      return null;
    });
  }

  private static int rows(int from, int to) {
    return from == to && from % 2 == 1 ? 0 : from + to + 1;
  }

  private static Tensor labelled(List<int[]> pairs) {
    List<float[]> rows = new ArrayList<>();
    for (int[] pair : pairs) {
      for (int i = 0; i < rows(pair[0], pair[1]); i++) {
        rows.add(new float[] {pair[0], pair[1]});
      }
    }
    float[] flat = new float[2 * rows.size()];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, flat, 2 * i, 2);
    }
    return Tensors.of(flat, rows.size(), 2);
  }

  @Test
  void aPartOfTheGroupExchangesAmongItself() {
    inScope(group -> {
      int colour = group.rank() % 2;
      try (Collective part = group.split(colour)) {
        assertThat(part.size()).isEqualTo(colour == 0 ? (size() + 1) / 2 : size() / 2);
        assertThat(part.rank()).isEqualTo(group.rank() / 2);
        Tensor sum = Tensors.of(new float[] {group.rank()}, 1);
        part.allReduce(sum, Reduction.SUM);
        assertThat((double) Tensors.floats(sum)[0])
            .isEqualTo(IntStream.range(0, size()).filter(rank -> rank % 2 == colour).sum());
      }
      group.barrier();
      return null;
    });
  }

  @Test
  void refusesTensorsThatDoNotFitBeforeAnyoneWaits() {
    inScope(group -> {
      Tensor view = torch.zeros(new long[] {4, 6}).t();
      assertThatThrownBy(() -> group.allReduce(view, Reduction.SUM)).hasMessageContaining("[6, 4]").hasMessageContaining("contiguous");
      Tensor three = torch.zeros(new long[] {3});
      Tensor seven = torch.zeros(new long[] {7});
      assertThatThrownBy(() -> group.allGather(seven, three)).hasMessageContaining("[7]").hasMessageContaining("[3]");
      assertThatThrownBy(() -> group.reduceScatter(three, seven, Reduction.SUM)).hasMessageContaining("[7]");
      assertThatThrownBy(() -> group.allToAll(seven, new long[] {6}, seven, new long[] {7})).hasMessageContaining("[6]");
      assertThatThrownBy(() -> group.broadcast(three, size())).hasMessageContaining("root " + size());
      assertThatThrownBy(() -> group.split(-1)).hasMessageContaining("-1");
      group.barrier();
      return null;
    });
  }
}
