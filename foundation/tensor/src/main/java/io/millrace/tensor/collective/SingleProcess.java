// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;

/** The group of one process: every exchange is a copy or nothing. */
public final class SingleProcess implements Collective {
  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  /** It need not be there: nothing leaves the process. */
  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public Pending allReduceAsync(Tensor tensor, Reduction reduction) {
    Shapes.contiguous(tensor);
    return Pending.DONE;
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    Shapes.root(root, 1);
    Shapes.contiguous(tensor);
  }

  @Override
  public Pending allGatherAsync(Tensor whole, Tensor part) {
    Shapes.shares(whole, part, 1);
    copy(whole, part);
    return Pending.DONE;
  }

  @Override
  public Pending reduceScatterAsync(Tensor part, Tensor whole, Reduction reduction) {
    Shapes.shares(whole, part, 1);
    copy(part, whole);
    return Pending.DONE;
  }

  @Override
  public Pending allToAllAsync(Tensor received, long[] fromEach, Tensor sent, long[] toEach) {
    Shapes.splits(received, fromEach, 1);
    Shapes.splits(sent, toEach, 1);
    if (!Arrays.equals(fromEach, toEach)) {
      throw new IllegalArgumentException(
          "sends " + Arrays.toString(toEach) + " rows to itself but receives " + Arrays.toString(fromEach));
    }
    copy(received, sent);
    return Pending.DONE;
  }

  private static void copy(Tensor to, Tensor from) {
    try (NoGrad _ = NoGrad.open()) {
      to.copy_(from);
    }
  }

  @Override
  public void barrier() {}

  @Override
  public Collective split(int colour) {
    Shapes.colour(colour);
    return new SingleProcess();
  }

  @Override
  public void close() {}
}
