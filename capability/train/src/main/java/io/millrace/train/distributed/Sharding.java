// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

/**
 * What processes that train one model divide among them instead of each holding all of it.
 *
 * <p>Each choice includes the ones before it. Source: Rajbhandari et al. 2020, ZeRO: Memory Optimizations Toward Training
 * Trillion Parameter Models.
 */
public enum Sharding {
  /** Nothing: plain data parallelism. */
  NONE,
  /** Masters and the optimiser's moments (ZeRO stage 1). */
  OPTIMISER,
  /** Gradients too (stage 2): reduced after each micro-batch, so accumulation sends more. */
  GRADIENTS,
  /** Parameters too (stage 3): gathered block by block, in the forward pass and again in the backward pass. */
  PARAMETERS;

  /** Whether this divides what {@code other} divides. */
  public boolean includes(Sharding other) {
    return ordinal() >= other.ordinal();
  }
}
