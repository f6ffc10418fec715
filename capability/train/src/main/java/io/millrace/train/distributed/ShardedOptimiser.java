// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.Residence;
import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.ProcessMemory;
import io.millrace.tensor.Scope;
import io.millrace.train.Optimiser;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Each process keeps and steps its share of the masters and moments; gradients come to it reduced, weights go from it to
 * all. See {@link Sharding}.
 *
 * <p>The method of the step sees flat parts of tensors, so it must treat every number by itself
 * ({@link Optimiser.Settings#elementwise}). The caller's masters are empty until {@link #finish}.
 */
final class ShardedOptimiser implements Optimiser {
  private final Distribution distribution;
  private final Agreement agreed;
  private final List<Shard> shards = new ArrayList<>();
  private final Map<String, Long> offsets = new LinkedHashMap<>();
  private final Weights pieces;
  private final Weights working;
  private final Weights masters;
  private final Optimiser own;
  private final ShardedGradients gradients;

  /** Divides the masters, which are equal in all processes. */
  ShardedOptimiser(
      Distribution distribution, List<Bucket> buckets, Optimiser.Settings method, Weights masters, Weights working) {
    this.distribution = distribution;
    this.agreed = new Agreement(distribution.group());
    this.masters = masters;
    this.working = working;
    boolean parametersToo = distribution.sharding().includes(Sharding.PARAMETERS);
    Map<String, Tensor> parts = new LinkedHashMap<>();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      for (Bucket bucket : buckets) {
        Shard shard = Shard.of(bucket, masters, distribution.group(), parametersToo);
        shards.add(shard);
        for (Bucket.Piece piece : bucket.pieces(distribution.rank())) {
          parts.put(piece.name(), piece.in(shard.master()).set_requires_grad(true));
          offsets.put(piece.name(), piece.offset());
        }
      }
      if (parts.isEmpty()) {
        throw new IllegalArgumentException("rank %d of %d would hold nothing: the model is too small to be divided"
            .formatted(distribution.rank(), distribution.size()));
      }
      pieces = Weights.of(DType.F32, parts);
    }
    ProcessMemory.trim(); // what the masters occupied
    own = method.over(pieces, pieces);
    if (parametersToo) {
      GatheredBlocks blocks = new GatheredBlocks(distribution, shards);
      gradients = blocks;
      working.resideWith(blocks);
    } else {
      gradients = new ResidentShards(distribution, shards, working);
    }
  }

  @Override
  public void beginning(boolean last) {
    gradients.begin(last);
  }

  @Override
  public void ended(boolean last) {
    gradients.end();
  }

  @Override
  public double gradientNorm(double weight) {
    try (NoGrad _ = NoGrad.open()) {
      for (Shard shard : shards) {
        for (Bucket.Piece piece : shard.bucket().pieces(distribution.rank())) {
          pieces.get(piece.name()).mutable_grad().put(piece.in(shard.gradient()));
        }
      }
    }
    double mine = own.gradientNorm(1);
    return Math.sqrt(agreed.sum(mine * mine)[0]) / weight;
  }

  @Override
  public void step(double learningRate, double gradientNorm, double weight) {
    own.step(learningRate, gradientNorm, weight);
    shards.forEach(Shard::stepped);
  }

  @Override
  public Map<String, Tensor> state() {
    return own.state();
  }

  /** Every entry of {@link #state} is named after its tensor, behind the last slash of a kind such as "master/". */
  @Override
  public Map<String, Long> offsets() {
    return offsets;
  }

  @Override
  public void restored(long steps) {
    own.restored(steps);
    shards.forEach(Shard::stepped);
  }

  @Override
  public void finish() {
    shards.forEach(shard -> shard.restore(masters));
    retire();
  }

  /** The model, too, may still know who brought its tensors. */
  private void retire() {
    gradients.retire();
    working.resideWith(Residence.ALWAYS);
  }

  @Override
  public long parameters() {
    return shards.stream().flatMap(shard -> shard.bucket().slots().stream()).mapToLong(Bucket.Slot::count).sum();
  }

  @Override
  public void close() {
    retire();
    gradients.close();
    own.close();
    pieces.close();
    shards.forEach(Shard::close);
  }
}
