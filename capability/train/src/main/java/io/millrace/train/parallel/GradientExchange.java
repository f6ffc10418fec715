// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Reduction;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.Arrays;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;

/**
 * Exchanges with other ranks in the middle of a computation, through which gradients find their way back. Source:
 * Shoeybi et al. 2019, Megatron-LM, section 3 (its conjugate operators f and g).
 *
 * <p>libtorch's functions with a backward of their own cannot be written in Java. Instead the value of a fresh tensor is
 * overwritten, which its recorded operation (a copy) does not notice, and a hook on it replaces the gradient. All ranks
 * of the group compute the same steps, so they meet in the same order on the way back too.
 *
 * <p>What is recorded must be followed by its backward pass, or be computed under {@link NoGrad}.
 */
final class GradientExchange implements AutoCloseable {
  private final Collective group;
  // Hooks are called after the scope in which they were made, and perhaps on a thread of libtorch.
  private final Set<Hook> waiting = ConcurrentHashMap.newKeySet();
  private final Queue<Hook> called = new ConcurrentLinkedQueue<>();

  GradientExchange(Collective group) {
    this.group = group;
  }

  /** The same values; on the way back the gradients of all ranks are added. For what each rank reads in its own way. */
  Tensor copied(Tensor x) {
    if (group.size() == 1 || !recording(x)) {
      return x;
    }
    Tensor y = x.view_as(x);
    onTheWayBack(y, this::sum);
    return y;
  }

  /** The sum of all ranks' values; on the way back each rank takes the gradient as it is. For parts of one result. */
  Tensor summed(Tensor x) {
    if (group.size() == 1) {
      return x;
    }
    Tensor y = x.contiguous().clone();
    group.allReduce(y.detach(), Reduction.SUM);
    return y;
  }

  /**
   * Rows from all ranks, in their order, for rows to all ranks; gradients travel the other way.
   *
   * @param x [sum of {@code toEach}, width]
   * @param toEach rows for each rank
   * @param fromEach rows from each rank
   * @return [sum of {@code fromEach}, width]
   */
  Tensor exchanged(Tensor x, long[] toEach, long[] fromEach) {
    if (group.size() == 1) {
      return x;
    }
    long sent = x.size(0);
    long received = Arrays.stream(fromEach).sum();
    long rows = Math.max(sent, received);
    // A hook cannot change the number of rows, so it works on a tensor that has room for both directions.
    Tensor room = torch.cat(new TensorVector(x, x.new_zeros(new long[] {rows - sent, x.size(1)})), 0);
    room.detach().narrow(0, 0, received).copy_(moved(x.detach(), toEach, fromEach));
    if (recording(x)) {
      onTheWayBack(room, gradient -> {
        Tensor back = moved(gradient.narrow(0, 0, received), fromEach, toEach);
        return torch.cat(new TensorVector(back, back.new_zeros(new long[] {rows - sent, back.size(1)})), 0);
      });
    }
    return room.narrow(0, 0, received);
  }

  private Tensor moved(Tensor x, long[] toEach, long[] fromEach) {
    Tensor target = x.new_empty(new long[] {Arrays.stream(fromEach).sum(), x.size(1)});
    group.allToAll(target, fromEach, x.contiguous(), toEach);
    return target;
  }

  private Tensor sum(Tensor gradient) {
    Tensor sum = gradient.contiguous().clone();
    group.allReduce(sum, Reduction.SUM);
    return sum;
  }

  private static boolean recording(Tensor x) {
    return GradMode.is_enabled() && x.requires_grad();
  }

  private void onTheWayBack(Tensor y, UnaryOperator<Tensor> replacement) {
    for (Hook hook = called.poll(); hook != null; hook = called.poll()) {
      Scope.free(hook);
    }
    Hook hook = Scope.keep(new Hook(replacement));
    waiting.add(hook);
    y.register_hook(hook);
  }

  @Override
  public void close() {
    called.forEach(Scope::free);
    called.clear();
    waiting.forEach(Scope::free);
    waiting.clear();
  }

  private final class Hook extends TensorTensorHook {
    private final transient UnaryOperator<Tensor> replacement;

    Hook(UnaryOperator<Tensor> replacement) {
      this.replacement = replacement;
    }

    @Override
    public TensorBase call(TensorBase gradient) {
      Tensor replaced = Scope.only(() -> {
        try (NoGrad _ = NoGrad.open()) {
          return replacement.apply(new Tensor(gradient));
        }
      });
      waiting.remove(this);
      called.add(this);
      return replaced;
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
