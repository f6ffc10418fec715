// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.checkpoint;

import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The learned tensors of one model in one number format, by name, in a fixed order; owns their memory until closed.
 *
 * <p>Training keeps two: masters in F32, which the optimiser changes, and a BF16 copy, which computes.
 */
public final class Weights implements AutoCloseable {
  /** How the elements of a new tensor are drawn. */
  public sealed interface Start {
    /** Every element has this value. */
    record Constant(double value) implements Start {}

    /** Elements are normal around 0. */
    record Normal(double standardDeviation) implements Start {}
  }

  /** A tensor to be made: its shape and its first values. */
  public record Slot(Start start, long... shape) {}

  private final DType dtype;
  private final Map<String, Tensor> tensors;

  private Weights(DType dtype, Map<String, Tensor> tensors) {
    this.dtype = dtype;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /** New weights in the order of {@code slots}, drawn with libtorch's seed. */
  public static Weights create(DType dtype, Map<String, Slot> slots) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      slots.forEach((name, slot) -> tensors.put(name, Scope.keep(draw(slot).to(dtype.torch()))));
    }
    return new Weights(dtype, tensors);
  }

  private static Tensor draw(Slot slot) {
    return switch (slot.start()) {
      case Start.Constant(double value) -> torch.full(slot.shape(), new Scalar(value), DType.F32.options());
      case Start.Normal(double deviation) -> torch.randn(slot.shape()).mul_(new Scalar(deviation));
    };
  }

  /** A copy in another number format, without gradients. */
  public Weights as(DType other) {
    Map<String, Tensor> copies = new LinkedHashMap<>();
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      tensors.forEach((name, t) -> copies.put(name, Scope.keep(t.detach().to(other.torch(), false, true, anyFormat()))));
    }
    return new Weights(other, copies);
  }

  private static org.bytedeco.pytorch.MemoryFormatOptional anyFormat() {
    return new org.bytedeco.pytorch.MemoryFormatOptional();
  }

  /** Both models' weights as one, in that order; the result owns both, so close only it. */
  public Weights with(Weights more) {
    if (dtype != more.dtype) {
      throw new IllegalArgumentException("cannot join weights in " + dtype + " and " + more.dtype);
    }
    Map<String, Tensor> all = new LinkedHashMap<>(tensors);
    more.tensors.forEach(
        (name, tensor) -> {
          if (all.put(name, tensor) != null) {
            throw new IllegalArgumentException("both weights have a tensor " + name);
          }
        });
    return new Weights(dtype, all);
  }

  /** Overwrites every tensor with the one of the same name, converting the number format. */
  public void copyFrom(Weights source) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      tensors.forEach((name, tensor) -> tensor.copy_(source.get(name)));
    }
  }

  /** Records gradients for exactly the tensors whose name {@code trained} accepts. */
  public void train(Predicate<String> trained) {
    try (Scope _ = Scope.open()) {
      tensors.forEach((name, tensor) -> tensor.set_requires_grad(trained.test(name)));
    }
  }

  /** The tensor of that name; it belongs to these weights. */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor " + name + " among " + tensors.keySet());
    }
    return tensor;
  }

  /** All tensors in their fixed order. */
  public Map<String, Tensor> named() {
    return tensors;
  }

  /** The number format of every tensor. */
  public DType dtype() {
    return dtype;
  }

  /** How many numbers they hold in all. */
  public long parameters() {
    return tensors.values().stream().mapToLong(Tensor::numel).sum();
  }

  /** Names and shapes, for messages. */
  public List<String> describe() {
    List<String> lines = new ArrayList<>();
    tensors.forEach((name, tensor) -> lines.add(name + " " + Arrays.toString(tensor.shape())));
    return lines;
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::free);
  }
}
