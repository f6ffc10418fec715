// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Collective;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * One process's share of a bucket: masters, gradient and, on demand, all of the bucket's weights.
 *
 * <p>Tensors of the model are pointed at their place in the gathered vector, or at nothing while there is none.
 */
final class Shard implements AutoCloseable {
  private final Bucket bucket;
  private final Collective group;
  private final boolean transientWeights;
  private final Tensor master;
  private final Tensor gradient;
  private final Tensor own;
  private final Tensor nothing;
  private @Nullable Tensor gathered;

  private Shard(Bucket bucket, Collective group, boolean transientWeights, Tensor master) {
    this.bucket = bucket;
    this.group = group;
    this.transientWeights = transientWeights;
    this.master = Scope.keep(master);
    this.gradient = Scope.keep(torch.zeros_like(master));
    this.own = Scope.keep(master.to(bucket.dtype().torch()).clone());
    this.nothing = Scope.keep(torch.empty(new long[] {0}, own.options(), new MemoryFormatOptional()));
  }

  /**
   * Takes this rank's share of the masters, which are emptied, and lets the model compute with the bucket's vector.
   *
   * @param transientWeights whether the model's tensors are there only between {@link #gather} and {@link #release}
   */
  static Shard of(Bucket bucket, Weights masters, Collective group, boolean transientWeights) {
    Device device = Device.of(bucket.slots().getFirst().working());
    Tensor all = torch.zeros(new long[] {bucket.length()}, device.options(DType.F32));
    Tensor empty = torch.empty(new long[] {0}, device.options(DType.F32), new MemoryFormatOptional());
    for (Bucket.Slot slot : bucket.slots()) {
      Tensor whole = masters.get(slot.name());
      slot.in(all).copy_(whole);
      if (whole.data_ptr().address() != slot.working().data_ptr().address()) {
        whole.set_data(empty);
      }
    }
    Shard shard = new Shard(bucket, group, transientWeights, bucket.share(all, group.rank()).clone());
    if (transientWeights) {
      shard.forget();
    } else {
      shard.gather();
    }
    return shard;
  }

  Bucket bucket() {
    return bucket;
  }

  /** The block whose tensors these are, see {@link GatheredBlocks#block}. */
  String block() {
    return GatheredBlocks.block(bucket.slots().getFirst().name());
  }

  /** This rank's share of the masters, F32. */
  Tensor master() {
    return master;
  }

  /** The reduced gradient of the share, F32. */
  Tensor gradient() {
    return gradient;
  }

  /** Adds a reduced gradient of the share. */
  void add(Tensor share) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      gradient.add_(share);
    }
  }

  /** The weights follow the masters, and the gradient begins anew. */
  void stepped() {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      own.copy_(master);
      gradient.zero_();
      if (!transientWeights) {
        gather();
      }
    }
  }

  /** Fills the model's tensors from all ranks' shares. */
  void gather() {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      boolean anew = gathered == null;
      Tensor vector = gathered == null
          ? Scope.keep(torch.empty(new long[] {bucket.length()}, own.options(), new MemoryFormatOptional()))
          : gathered;
      gathered = vector;
      group.allGather(vector, own);
      if (anew) {
        bucket.slots().forEach(slot -> slot.working().set_data(slot.in(vector)));
      }
    }
  }

  /** Empties the model's tensors. */
  void release() {
    forget();
    if (gathered != null) {
      Scope.free(gathered);
      gathered = null;
    }
  }

  private void forget() {
    try (Scope _ = Scope.open()) {
      bucket.slots().forEach(slot -> slot.working().set_data(nothing));
    }
  }

  /** Whether a backward pass left gradients in the model's tensors. */
  boolean hasGradient() {
    try (Scope _ = Scope.open()) {
      return bucket.slots().stream().anyMatch(slot -> slot.working().grad().defined());
    }
  }

  /** The gradients of the model's tensors as one vector, in the open scope; the tensors lose them. */
  Tensor takeGradient() {
    Tensor vector = bucket.zeros();
    for (Bucket.Slot slot : bucket.slots()) {
      Tensor part = slot.working().grad();
      if (!part.defined()) {
        throw new IllegalStateException("tensor " + slot.name() + " is trained, but the loss does not depend on it");
      }
      slot.in(vector).copy_(part);
      slot.working().mutable_grad().reset();
    }
    return vector;
  }

  /** Makes the masters and the model's tensors whole again, in every process. */
  void restore(Weights masters) {
    gather();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor all = torch.empty(new long[] {bucket.length()}, master.options(), new MemoryFormatOptional());
      group.allGather(all, master);
      for (Bucket.Slot slot : bucket.slots()) {
        Tensor whole = masters.get(slot.name());
        if (whole.numel() == 0) {
          whole.set_data(slot.in(all).clone());
        } else {
          whole.copy_(slot.in(all));
        }
        // Its own memory, since the vector's is about to be given back.
        slot.working().set_data(slot.in(Objects.requireNonNull(gathered)).clone());
      }
    }
  }

  @Override
  public void close() {
    for (Tensor tensor : new Tensor[] {master, gradient, own, nothing}) {
      Scope.free(tensor);
    }
    if (gathered != null) {
      Scope.free(gathered);
    }
  }
}
