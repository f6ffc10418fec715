// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.AllreduceOptions;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;

import java.util.Arrays;
import java.util.function.Supplier;

/** A group of libtorch's c10d, whatever carries the bytes. */
final class C10dCollective implements Collective {
  /** How often somebody who waits looks whether he waits for nothing. */
  private static final long LOOK_MILLIS = 500;

  /** Makes the group of the ranks that gave the same colour. */
  interface Splitter {
    /** The part whose {@code rank}-th of {@code size} members this process is; {@code name} is the same for all of them. */
    Collective part(String name, int rank, int size);
  }

  private final Backend backend;
  private final Device device;
  private final int rank;
  private final int size;
  private final SignsOfLife signs;
  private final Splitter splitter;
  private final Runnable release;
  private int splits;
  private boolean broken;

  /** Takes over the backend, which exchanges tensors on that device; {@code release} is called at the end, unless an exchange is stuck for ever. */
  C10dCollective(
      Backend backend, Device device, int rank, int size, SignsOfLife signs, Splitter splitter, Runnable release) {
    this.backend = backend;
    this.device = device;
    this.rank = rank;
    this.size = size;
    this.signs = signs;
    this.splitter = splitter;
    this.release = release;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Device device() {
    return device;
  }

  @Override
  public Pending allReduceAsync(Tensor tensor, Reduction reduction) {
    Shapes.contiguous(tensor);
    return begin(() ->
        backend.allreduce(new TensorVector(tensor.detach()), new AllreduceOptions().reduceOp(reduction.c10d())));
  }

  @Override
  public void broadcast(Tensor tensor, int root) {
    Shapes.root(root, size);
    Shapes.contiguous(tensor);
    begin(() -> backend.broadcast(new TensorVector(tensor.detach()), new BroadcastOptions().rootRank(root))).await();
  }

  @Override
  public Pending allGatherAsync(Tensor whole, Tensor part) {
    Shapes.shares(whole, part, size);
    return begin(() -> backend._allgather_base(whole.detach().view(-1), part.detach().view(-1)));
  }

  /**
   * All-to-all, then a local sum: as many bytes as a ring would send, and the order of the sum is that of the ranks.
   * (c10d's own for Gloo is an all-reduce of which most is thrown away.)
   */
  @Override
  public Pending reduceScatterAsync(Tensor part, Tensor whole, Reduction reduction) {
    Shapes.shares(whole, part, size);
    Tensor shares;
    Pending exchange;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      shares = Scope.keep(torch.empty_like(whole).view(-1));
      long[] equal = new long[size];
      Arrays.fill(equal, part.numel());
      exchange = allToAllAsync(shares, equal, whole.detach().view(-1), equal);
    }
    return () -> {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        exchange.await();
        boolean half = DType.of(part) == DType.BF16 || DType.of(part) == DType.F16;
        Tensor stacked = shares.view(size, part.numel());
        part.view(-1).copy_(reduction.over(half ? stacked.to(DType.F32.torch()) : stacked));
      } finally {
        Scope.free(shares);
      }
    };
  }

  @Override
  public Pending allToAllAsync(Tensor received, long[] fromEach, Tensor sent, long[] toEach) {
    Shapes.splits(received, fromEach, size);
    Shapes.splits(sent, toEach, size);
    return begin(() -> backend.alltoall_base(
        received.detach(), sent.detach(), new LongVector(fromEach), new LongVector(toEach)));
  }

  @Override
  public void barrier() {
    begin(backend::barrier).await();
  }

  @Override
  public Collective split(int colour) {
    Shapes.colour(colour);
    long[] colours;
    try (Scope _ = Scope.open()) {
      Tensor all = torch.zeros(new long[] {size}, DType.I64.options());
      allGather(all, Tensors.of(new long[] {colour}, 1));
      colours = Tensors.longs(all);
    }
    int place = (int) Arrays.stream(colours, 0, rank).filter(other -> other == colour).count();
    int members = (int) Arrays.stream(colours).filter(other -> other == colour).count();
    return splitter.part("split-%d-%d".formatted(splits++, colour), place, members);
  }

  private Pending begin(Supplier<Work> exchange) {
    requireAll();
    try (Scope _ = Scope.open()) {
      Work work = Scope.keep(exchange.get());
      return () -> finish(work);
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  private void finish(Work work) {
    try (Scope _ = Scope.open()) {
      Milliseconds look = new Milliseconds(LOOK_MILLIS);
      while (!waited(work, look)) {
        requireAll();
      }
      Scope.free(work);
    }
  }

  private void requireAll() {
    String lost = signs.lost();
    if (lost != null) {
      broken = true;
      throw new RankLostException(lost + "; rank " + rank + " waited for it");
    }
  }

  /** Whether the exchange ended within that time. */
  private boolean waited(Work work, Milliseconds time) {
    try {
      work._wait(time);
      return true;
    } catch (RuntimeException e) {
      // libtorch says in the same way that time is up and that the exchange failed; it may also have ended since.
      if (!work.isCompleted()) {
        return false;
      }
    }
    try {
      work._wait();
      return true;
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  private RuntimeException failure(RuntimeException e) {
    broken = true;
    String culprit = signs.culprit();
    String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return culprit == null
        ? new IllegalStateException("rank " + rank + ": an exchange failed though all ranks are there: " + first, e)
        : new RankLostException(culprit + "; rank " + rank + " saw: " + first, e);
  }

  @Override
  public void close() {
    signs.close();
    // c10d waits without end for exchanges that cannot end, so what is broken is left to the end of the process.
    if (!broken) {
      release.run();
    }
  }
}
