// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The shape of an adapter: beside each of the chosen matrices W it learns B·A of low rank, and W + scale·B·A computes
 * (Hu et al. 2021, LoRA, section 4.1).
 *
 * @param rank of B·A, from 1
 * @param alpha sets the scale: alpha / rank, so that the learning rate need not change with the rank
 * @param rankStabilised whether the scale is alpha / √rank instead, which keeps large ranks learning (Kalajdzievski 2023)
 * @param targets last parts of the names of the matrices, such as q_proj; sorted
 */
public record Lora(int rank, double alpha, boolean rankStabilised, List<String> targets) {
  /** All matrices of a block: what learns best at equal size (Dettmers et al. 2023, figure 2). */
  public static final List<String> ALL_LINEAR =
      List.of("down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj");

  /** Checks the ranges and sorts the targets. */
  public Lora {
    if (rank < 1 || rank > 1024) {
      throw new IllegalArgumentException("rank " + rank + ": must be from 1 to 1024; usual are 8 to 64");
    }
    if (!(alpha > 0)) {
      throw new IllegalArgumentException("alpha " + alpha + ": must be positive; usual is the rank, or twice the rank");
    }
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("an adapter without targets learns nothing: name some of " + ALL_LINEAR);
    }
    targets = List.copyOf(new TreeSet<>(targets));
  }

  /** An adapter of this rank on all matrices of the blocks, alpha twice the rank. */
  public static Lora ofRank(int rank) {
    return new Lora(rank, 2.0 * rank, false, ALL_LINEAR);
  }

  /** What B·A is multiplied by. */
  public double scale() {
    return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
  }

  static String lastPart(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Refuses targets that no matrix of the decoder is called. */
  void checkTargets(Set<String> found, Set<String> known) {
    for (String target : targets) {
      if (!found.contains(target)) {
        throw new IllegalArgumentException(
            "adapter target '" + target + "' is no matrix of this decoder; it has " + new TreeSet<>(known));
      }
    }
  }
}
