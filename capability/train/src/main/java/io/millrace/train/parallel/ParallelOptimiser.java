// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Reduction;
import io.millrace.train.Optimiser;
import io.millrace.train.WholeState;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An optimiser of this rank's part of a decoder: before it looks at the gradients it adds up those of all ranks that
 * hold the same, and the norm by which it clips is that of the whole model.
 *
 * <p>All ranks call every method at the same time, with the same {@code weight}: that of all of them.
 */
public final class ParallelOptimiser implements Optimiser {
  /** Elements that are exchanged at once. */
  private static final long BUCKET = 1 << 22;

  private final ParallelDecoder decoder;
  private final Sharding sharding;
  private final MeshGroups groups;
  private final Optimiser own;

  /** An optimiser of that method over everything in the decoder. */
  public ParallelOptimiser(ParallelDecoder decoder, Optimiser.Settings method) {
    this.decoder = decoder;
    sharding = decoder.sharding();
    groups = decoder.groups();
    own = method.over(decoder.masters(), decoder.working().weights());
  }

  @Override
  public double gradientNorm(double weight) {
    try (NoGrad _ = NoGrad.open()) {
      addUp();
      Tensor squares = torch.zeros(new long[] {1}, decoder.masters().device().options(DType.F64));
      decoder.working().weights().trained().forEach((name, tensor) -> {
        if (sharding.standsFor(name, groups.seat())) {
          Tensor gradient = gradient(name, tensor);
          Tensor norm = gradient.to(wide(gradient).torch()).norm();
          squares.add_(norm.to(DType.F64.torch()).square());
        }
      });
      groups.model().allReduce(squares, Reduction.SUM);
      return Math.sqrt(squares.item_double()) / weight;
    }
  }

  private static DType wide(Tensor gradient) {
    return DType.of(gradient) == DType.F64 ? DType.F64 : DType.F32;
  }

  private static Tensor gradient(String name, Tensor tensor) {
    Tensor gradient = tensor.grad();
    if (!gradient.defined()) {
      throw new IllegalStateException("tensor " + name + " is trained, but the loss does not depend on it");
    }
    return gradient;
  }

  private void addUp() {
    Map<Collective, List<Tensor>> byGroup = new LinkedHashMap<>();
    List<Tensor> partial = new ArrayList<>();
    decoder.working().weights().trained().forEach((name, tensor) -> {
      Tensor gradient = gradient(name, tensor);
      byGroup.computeIfAbsent(sharding.spread(name) ? groups.copies() : groups.readers(), _ -> new ArrayList<>())
          .add(gradient);
      if (sharding.readInParts(name)) {
        partial.add(gradient);
      }
    });
    addUp(groups.slices(), partial);
    byGroup.forEach(ParallelOptimiser::addUp);
  }

  private static void addUp(Collective group, List<Tensor> gradients) {
    if (group.size() == 1) {
      return;
    }
    int from = 0;
    while (from < gradients.size()) {
      int to = from;
      long elements = 0;
      while (to < gradients.size() && (to == from || elements + gradients.get(to).numel() <= BUCKET)) {
        elements += gradients.get(to++).numel();
      }
      addUpBucket(group, gradients.subList(from, to));
      from = to;
    }
  }

  /** In one exchange, and in F32 where the gradients have fewer digits. */
  private static void addUpBucket(Collective group, List<Tensor> gradients) {
    try (Scope _ = Scope.open()) {
      TensorVector flat = new TensorVector();
      DType format = wide(gradients.getFirst());
      gradients.forEach(gradient -> flat.push_back(gradient.reshape(-1).to(format.torch())));
      Tensor joined = torch.cat(flat, 0);
      group.allReduce(joined, Reduction.SUM);
      long at = 0;
      for (Tensor gradient : gradients) {
        gradient.copy_(joined.narrow(0, at, gradient.numel()).view(gradient.shape()));
        at += gradient.numel();
      }
    }
  }

  @Override
  public void step(double learningRate, double gradientNorm, double weight) {
    own.step(learningRate, gradientNorm, weight);
  }

  /** This rank's parts. */
  @Override
  public Map<String, Tensor> state() {
    return own.state();
  }

  @Override
  public WholeState gather() {
    ParallelState whole = ParallelState.gather(own.state(), sharding, groups);
    return new WholeState(whole.tensors(), whole::close);
  }

  @Override
  public long[] wholeShape(String name, long[] part) {
    return sharding.wholeShape(ParallelState.place(name), part);
  }

  @Override
  public void take(String name, Tensor whole) {
    try (NoGrad _ = NoGrad.open()) {
      own.take(name, sharding.part(ParallelState.place(name), whole, groups.seat()));
    }
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
    own.close();
  }
}
