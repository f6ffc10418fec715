// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.Residence;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Pending;
import io.millrace.tensor.collective.Reduction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Parameters exist only while their block computes (ZeRO stage 3): gathered when the model enters a block, forgotten when
 * it leaves, and gathered again when the block is computed a second time for its gradient, which is then reduced.
 *
 * <p>What belongs to no block (embedding, last norm, head) is there from the beginning of a micro-batch to its end.
 */
final class GatheredBlocks implements ShardedGradients, Residence {
  private final Distribution distribution;
  private final List<Shard> shards;
  private @Nullable Pending reduction;
  private boolean retired;

  GatheredBlocks(Distribution distribution, List<Shard> shards) {
    this.distribution = distribution;
    this.shards = shards;
  }

  /** The group of tensors that are gathered together: a block's prefix, or "" for what belongs to none. */
  static String block(String name) {
    int end = name.startsWith("model.layers.") ? name.indexOf('.', "model.layers.".length()) : -1;
    return end < 0 ? "" : name.substring(0, end + 1);
  }

  @Override
  public void begin(boolean last) {
    gather("");
  }

  @Override
  public void end() {
    release("");
    finishReduction();
  }

  @Override
  public void enter(String prefix) {
    if (!retired) {
      gather(prefix);
    }
  }

  @Override
  public void leave(String prefix) {
    if (!retired) {
      release(prefix);
    }
  }

  private void gather(String block) {
    shards.stream().filter(shard -> shard.block().equals(block)).forEach(Shard::gather);
  }

  private void release(String block) {
    for (Shard shard : shards) {
      if (shard.block().equals(block)) {
        if (shard.hasGradient()) {
          reduce(shard);
        }
        shard.release();
      }
    }
  }

  /** Begins to reduce a block's gradient, once that of the block before is done. */
  private void reduce(Shard shard) {
    finishReduction();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor vector = Scope.keep(shard.takeGradient());
      Tensor share = Scope.keep(torch.empty_like(shard.bucket().share(vector, 0)));
      Pending pending = distribution.group().reduceScatterAsync(share, vector, Reduction.SUM);
      reduction = () -> {
        pending.await();
        shard.add(share);
        Scope.free(share);
        Scope.free(vector);
      };
    }
  }

  private void finishReduction() {
    if (reduction != null) {
      reduction.await();
      reduction = null;
    }
  }

  @Override
  public void retire() {
    retired = true;
  }

  @Override
  public void close() {}
}
