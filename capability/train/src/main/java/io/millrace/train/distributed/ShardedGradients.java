// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

/** How gradients reach the process that holds their share. */
sealed interface ShardedGradients extends AutoCloseable permits ResidentShards, GatheredBlocks {
  /** Is told before each micro-batch's forward pass. */
  void begin(boolean last);

  /** Is told after its backward pass; after the last one, each shard has its gradient. */
  void end();

  /** All tensors are whole from now on. */
  void retire();

  @Override
  void close();
}
