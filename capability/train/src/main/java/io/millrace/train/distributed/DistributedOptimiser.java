// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.train.Optimiser;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The way from an optimiser's settings to an optimiser that several processes step together. */
public final class DistributedOptimiser {
  private DistributedOptimiser() {}

  /**
   * An optimiser of those tensors of {@code working} that record gradients, in every process; all begin with rank 0's
   * masters.
   *
   * @param masters F32 weights that steps change; empty during the run where masters are sharded
   * @param working the weights that compute
   * @throws IllegalArgumentException if the method cannot be divided as asked
   */
  public static Optimiser over(
      Distribution distribution, Optimiser.Settings method, Weights masters, Weights working) {
    if (distribution.size() == 1) {
      return method.over(masters, working);
    }
    if (distribution.sharded() && !method.elementwise()) {
      throw new IllegalArgumentException("%s steps whole matrices, so it cannot be sharded (%s): use sharding NONE or AdamW"
          .formatted(method, distribution.sharding()));
    }
    share(distribution, masters, working);
    List<Bucket> buckets = buckets(distribution, working.trained());
    return distribution.sharded()
        ? new ShardedOptimiser(distribution, buckets, method, masters, working)
        : new ReplicatedOptimiser(distribution, buckets, method, masters, working);
  }

  private static void share(Distribution distribution, Weights masters, Weights working) {
    try (NoGrad _ = NoGrad.open()) {
      working.trained().forEach((name, tensor) -> {
        try (Scope _ = Scope.open()) {
          Tensor master = masters.get(name);
          distribution.group().broadcast(master, 0);
          tensor.copy_(master);
        }
      });
    }
  }

  /** Gradients arrive from the end of the model, so that is where the first bucket begins. */
  private static List<Bucket> buckets(Distribution distribution, Map<String, Tensor> trained) {
    List<String> names = new ArrayList<>(trained.keySet());
    if (names.isEmpty()) {
      throw new IllegalArgumentException("no tensor records gradients: call Weights.train first");
    }
    Map<String, Tensor> backwards = new LinkedHashMap<>();
    names.reversed().forEach(name -> backwards.put(name, trained.get(name)));
    boolean byBlock = distribution.sharding().includes(Sharding.PARAMETERS);
    return byBlock
        ? Bucket.cut(backwards, GatheredBlocks::block, Long.MAX_VALUE, distribution.size())
        : Bucket.cut(backwards, _ -> "", distribution.bucketBytes(), distribution.size());
  }
}
