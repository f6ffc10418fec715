// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Pending;
import io.millrace.tensor.collective.Reduction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.List;

/**
 * Parameters are whole in every process. Gradients are reduced to shares, once in a step (ZeRO stage 1), or after each
 * micro-batch, so that no process holds more of them than its share and what is on its way (stage 2).
 */
final class ResidentShards implements ShardedGradients {
  private final Distribution distribution;
  private final List<Shard> shards;
  private final GradientExchange exchange;

  ResidentShards(Distribution distribution, List<Shard> shards, Weights working) {
    this.distribution = distribution;
    this.shards = shards;
    this.exchange = new GradientExchange(
        new Agreement(distribution.group()), shards.stream().map(Shard::bucket).toList(), working, this::reduce);
  }

  private Pending reduce(int number, Tensor vector) {
    Shard shard = shards.get(number);
    Tensor share;
    try (Scope _ = Scope.open()) {
      share = Scope.keep(torch.empty_like(shard.bucket().share(vector, 0)));
    }
    Pending pending = distribution.group().reduceScatterAsync(share, vector, Reduction.SUM);
    return () -> {
      pending.await();
      shard.add(share);
      Scope.free(share);
    };
  }

  @Override
  public void begin(boolean last) {
    exchange.begin(last || distribution.sharding().includes(Sharding.GRADIENTS));
  }

  @Override
  public void end() {
    exchange.end();
  }

  @Override
  public void retire() {}

  @Override
  public void close() {
    exchange.close();
  }
}
