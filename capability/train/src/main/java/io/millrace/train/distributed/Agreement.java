// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Reduction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Small things that all processes must see alike: numbers that they decide on, and settings that they start with. */
public final class Agreement {
  private final Collective group;

  /** An agreement among the group. */
  public Agreement(Collective group) {
    this.group = group;
  }

  /** The sums of all processes' numbers, equal to the last bit everywhere. */
  public double[] sum(double... values) {
    return reduced(Reduction.SUM, values);
  }

  /** Whether any process says so. */
  public boolean any(boolean value) {
    return reduced(Reduction.MAX, value ? 1 : 0)[0] > 0;
  }

  /** The number that rank 0 gives. */
  public double leaders(double value) {
    return sum(group.rank() == 0 ? value : 0)[0];
  }

  private double[] reduced(Reduction reduction, double... values) {
    if (group.size() == 1) {
      return values;
    }
    try (Scope _ = Scope.open()) {
      Tensor tensor = group.device().move(Tensors.of(values, values.length));
      group.allReduce(tensor, reduction);
      return Tensors.doubles(tensor);
    }
  }

  /**
   * Fails in every process unless all give the same text.
   *
   * @throws IllegalStateException naming the ranks that differ from rank 0 and what both have
   */
  public void requireSame(String what, String mine) {
    if (group.size() == 1) {
      return;
    }
    List<String> all = gather(mine);
    List<Integer> others = new ArrayList<>();
    for (int rank = 1; rank < all.size(); rank++) {
      if (!all.get(rank).equals(all.getFirst())) {
        others.add(rank);
      }
    }
    if (!others.isEmpty()) {
      throw new IllegalStateException("rank %s: other %s than rank 0.%n  rank 0: %s%n  rank %d: %s%nStart all processes alike."
          .formatted(others.size() == 1 ? others.getFirst().toString() : others.toString(), what, all.getFirst(),
              others.getFirst(), all.get(others.getFirst())));
    }
  }

  /** The texts of all processes in the order of ranks. */
  private List<String> gather(String mine) {
    byte[] bytes = mine.getBytes(StandardCharsets.UTF_8);
    int longest = (int) reduced(Reduction.MAX, bytes.length)[0];
    try (Scope _ = Scope.open()) {
      // The first number of a rank is the length of its text, the others are the text's bytes.
      long[] row = new long[longest + 1];
      row[0] = bytes.length;
      for (int i = 0; i < bytes.length; i++) {
        row[i + 1] = bytes[i];
      }
      Tensor whole = torch.zeros(new long[] {(long) group.size() * row.length}, group.device().options(DType.I64));
      group.allGather(whole, group.device().move(Tensors.of(row, row.length)));
      long[] rows = Tensors.longs(whole);
      List<String> texts = new ArrayList<>();
      for (int rank = 0; rank < group.size(); rank++) {
        texts.add(text(Arrays.copyOfRange(rows, rank * row.length, (rank + 1) * row.length)));
      }
      return texts;
    }
  }

  private static String text(long[] row) {
    byte[] bytes = new byte[(int) row[0]];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) row[i + 1];
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
