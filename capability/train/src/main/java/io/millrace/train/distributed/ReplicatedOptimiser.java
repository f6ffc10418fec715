// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Pending;
import io.millrace.tensor.collective.Reduction;
import io.millrace.train.Optimiser;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * Data parallelism: every process takes the same step along the sum of all processes' gradients.
 *
 * <p>The sum is the same to the last bit everywhere, so the processes' weights stay equal without being compared.
 */
final class ReplicatedOptimiser implements Optimiser {
  private final Distribution distribution;
  private final List<Bucket> buckets;
  private final @Nullable Tensor[] sums;
  private final GradientExchange exchange;
  private final Optimiser own;

  /** Makes all processes begin with rank 0's masters. */
  ReplicatedOptimiser(
      Distribution distribution, List<Bucket> buckets, Optimiser.Settings method, Weights masters, Weights working) {
    this.distribution = distribution;
    this.buckets = buckets;
    this.sums = new Tensor[buckets.size()];
    this.own = method.over(masters, working);
    this.exchange = new GradientExchange(new Agreement(distribution.group()), buckets, working, this::reduce);
  }

  private Pending reduce(int bucket, Tensor vector) {
    Pending pending = distribution.group().allReduceAsync(vector, Reduction.SUM);
    return () -> {
      pending.await();
      Tensor sum = sums[bucket];
      if (sum == null) {
        sums[bucket] = Scope.keep(vector);
      } else {
        sum.add_(vector);
      }
    };
  }

  @Override
  public void beginning(boolean last) {
    exchange.begin(last);
  }

  @Override
  public void ended(boolean last) {
    exchange.end();
    if (last) {
      try (Scope _ = Scope.open()) {
        for (int i = 0; i < sums.length; i++) {
          Tensor sum = sums[i];
          if (sum != null) {
            buckets.get(i).slots().forEach(slot -> slot.working().mutable_grad().put(slot.in(sum)));
          }
        }
      }
    }
  }

  @Override
  public double gradientNorm(double weight) {
    return own.gradientNorm(weight);
  }

  @Override
  public void step(double learningRate, double gradientNorm, double weight) {
    own.step(learningRate, gradientNorm, weight);
    release();
  }

  private void release() {
    for (int i = 0; i < sums.length; i++) {
      Tensor sum = sums[i];
      if (sum != null) {
        Scope.free(sum);
        sums[i] = null;
      }
    }
  }

  @Override
  public Map<String, Tensor> state() {
    return own.state();
  }

  @Override
  public void restored(long steps) {
    own.restored(steps);
  }

  @Override
  public long parameters() {
    return own.parameters();
  }

  @Override
  public void close() {
    exchange.close();
    release();
    own.close();
  }
}
