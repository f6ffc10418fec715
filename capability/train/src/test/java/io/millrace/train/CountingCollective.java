// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.tensor.Device;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Pending;
import io.millrace.tensor.collective.Reduction;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.List;

/** A group that writes down how many numbers it was given to reduce, and passes everything on. */
final class CountingCollective implements Collective {
  private final Collective group;
  private final List<Long> reduced = new ArrayList<>();

  CountingCollective(Collective group) {
    this.group = group;
  }

  /** Lengths of the tensors whose reduction was begun, in their order. */
  List<Long> reduced() {
    return reduced;
  }

  @Override
  public Pending allReduceAsync(Tensor tensor, Reduction reduction) {
    reduced.add(tensor.numel());
    return group.allReduceAsync(tensor, reduction);
  }

  @Override
  public Pending reduceScatterAsync(Tensor part, Tensor whole, Reduction reduction) {
    reduced.add(whole.numel());
    return group.reduceScatterAsync(part, whole, reduction);
  }

  @Override
  public int rank() {
    return group.rank();
  }

  @Override
  public int size() {
    return group.size();
  }

  @Override
  public Device device() {
    return group.device();
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    group.broadcast(tensor, root);
  }

  @Override
  public Pending allGatherAsync(Tensor whole, Tensor part) {
    return group.allGatherAsync(whole, part);
  }

  @Override
  public Pending allToAllAsync(Tensor received, long[] fromEach, Tensor sent, long[] toEach) {
    return group.allToAllAsync(received, fromEach, sent, toEach);
  }

  @Override
  public void barrier() {
    group.barrier();
  }

  @Override
  public Collective split(int colour) {
    return group.split(colour);
  }

  @Override
  public void close() {
    group.close();
  }
}
