// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.TreeSet;

/**
 * The shape of a mixture of experts.
 *
 * @param count experts of a block
 * @param perToken how many of them read each token
 * @param intermediateSize width inside an expert
 * @param sharedIntermediateSize width inside the expert that reads every token, 0 for none
 * @param normalise whether the shares of a token's experts add up to 1 ({@code norm_topk_prob})
 * @param everyth a block is a mixture if its number, counted from 1, is a multiple of this ({@code decoder_sparse_step})
 * @param dense blocks, counted from 0, that are no mixture all the same ({@code mlp_only_layers})
 * @param balanceWeight share of the load-balance loss in training ({@code router_aux_loss_coef})
 * @param zWeight share of the router's z-loss in training
 * @param capacity in training, an expert reads at most this many times an even share of the tokens, and drops the
 *     rest; null for no limit
 */
public record Experts(
    int count,
    int perToken,
    int intermediateSize,
    int sharedIntermediateSize,
    boolean normalise,
    int everyth,
    Set<Integer> dense,
    double balanceWeight,
    double zWeight,
    @Nullable Double capacity) {

  /** Checks the ranges. */
  public Experts {
    dense = java.util.Collections.unmodifiableSet(new TreeSet<>(dense));
    if (count < 1 || perToken < 1 || perToken > count) {
      throw new IllegalArgumentException(
          "num_experts_per_tok " + perToken + " of num_experts " + count + ": must be at least 1 and at most all");
    }
    if (intermediateSize < 1 || sharedIntermediateSize < 0 || everyth < 1) {
      throw new IllegalArgumentException(
          "moe_intermediate_size %d must be at least 1, shared_expert_intermediate_size %d at least 0, decoder_sparse_step %d at least 1"
              .formatted(intermediateSize, sharedIntermediateSize, everyth));
    }
    if (!(balanceWeight >= 0) || !(zWeight >= 0) || (capacity != null && !(capacity > 0))) {
      throw new IllegalArgumentException(
          "router_aux_loss_coef %s and router_z_loss_coef %s must not be negative, moe_capacity_factor %s must be positive"
              .formatted(balanceWeight, zWeight, capacity));
    }
  }

  /** Experts in every block, without a shared one, whose shares add up to 1, trained with the usual weights. */
  public static Experts of(int count, int perToken, int intermediateSize) {
    return new Experts(count, perToken, intermediateSize, 0, true, 1, Set.of(), 0.01, 0.001, null);
  }

  /** The same with a limit on what each expert reads in training. */
  public Experts withCapacity(double factor) {
    return new Experts(count, perToken, intermediateSize, sharedIntermediateSize, normalise, everyth, dense,
        balanceWeight, zWeight, factor);
  }

  /** The same with an expert of that width that reads every token. */
  public Experts withShared(int width) {
    return new Experts(
        count, perToken, intermediateSize, width, normalise, everyth, dense, balanceWeight, zWeight, capacity);
  }

  /** Whether that block, counted from 0, is a mixture. */
  public boolean at(int layer) {
    return !dense.contains(layer) && (layer + 1) % everyth == 0;
  }
}
