// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.checkpoint;

import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The learned tensors of one model on one device, by name, in a fixed order; owns their memory until closed.
 *
 * <p>They are in one number format, in which the model computes, except those that are stored otherwise on purpose,
 * such as quantised matrices. Training keeps two: masters in F32, which the optimiser changes, and a BF16 copy, which
 * computes.
 */
public final class Weights implements AutoCloseable {
  /** How the elements of a new tensor are drawn. */
  public sealed interface Start {
    /** Every element has this value. */
    record Constant(double value) implements Start {}

    /** Elements are normal around 0. */
    record Normal(double standardDeviation) implements Start {}
  }

  /**
   * A tensor to be made.
   *
   * @param start its first values
   * @param stored its number format, or null for the one of all
   * @param shape its size in each dimension
   */
  public record Slot(Start start, @Nullable DType stored, long... shape) {
    /** A tensor in the number format of all. */
    public Slot(Start start, long... shape) {
      this(start, null, shape);
    }
  }

  private final DType dtype;
  private final Device device;
  private final Map<String, Tensor> tensors;
  private Residence residence = Residence.ALWAYS;
  private GradientListener listener = GradientListener.NONE;

  private Weights(DType dtype, Device device, Map<String, Tensor> tensors) {
    this.dtype = dtype;
    this.device = device;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /** New weights on the CPU; see {@link #create(DType, Device, Map)}. */
  public static Weights create(DType dtype, Map<String, Slot> slots) {
    return create(dtype, Device.CPU, slots);
  }

  /** New weights in the order of {@code slots}, drawn with libtorch's seed, the same numbers on every device. */
  public static Weights create(DType dtype, Device device, Map<String, Slot> slots) {
    device.required();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (NoGrad _ = NoGrad.open()) {
      slots.forEach((name, slot) -> {
        try (Scope _ = Scope.open()) {
          tensors.put(name, Scope.keep(device.move(draw(slot).to((slot.stored() == null ? dtype : slot.stored()).torch()))));
        }
      });
    }
    return new Weights(dtype, device, tensors);
  }

  /**
   * Weights made of tensors that exist; they are kept, and belong to the result.
   *
   * @param dtype in which the model computes; tensors in others keep them
   * @throws IllegalArgumentException if they are on several devices
   */
  public static Weights of(DType dtype, Map<String, Tensor> tensors) {
    List<Device> devices = tensors.values().stream().map(Device::of).distinct().toList();
    if (devices.size() > 1) {
      throw new IllegalArgumentException("weights on several devices: " + devices);
    }
    tensors.values().forEach(Scope::keep);
    return new Weights(dtype, devices.isEmpty() ? Device.CPU : devices.getFirst(), new LinkedHashMap<>(tensors));
  }

  private static Tensor draw(Slot slot) {
    return switch (slot.start()) {
      case Start.Constant(double value) -> torch.full(slot.shape(), new Scalar(value), DType.F32.options());
      case Start.Normal(double deviation) -> torch.randn(slot.shape()).mul_(new Scalar(deviation));
    };
  }

  /** A copy in another number format, without gradients; tensors that are stored otherwise on purpose stay so. */
  public Weights as(DType other) {
    return copy(other, device);
  }

  /** A copy on another device, without gradients. */
  public Weights on(Device other) {
    return copy(dtype, other.required());
  }

  private Weights copy(DType format, Device place) {
    Map<String, Tensor> copies = new LinkedHashMap<>();
    try (NoGrad _ = NoGrad.open()) {
      tensors.forEach((name, t) -> {
        try (Scope _ = Scope.open()) {
          DType stored = DType.of(t) == dtype ? format : DType.of(t);
          copies.put(name, Scope.keep(t.detach().to(place.torch(), stored.torch(), false, true, anyFormat())));
        }
      });
    }
    return new Weights(format, place, copies);
  }

  private static org.bytedeco.pytorch.MemoryFormatOptional anyFormat() {
    return new org.bytedeco.pytorch.MemoryFormatOptional();
  }

  /**
   * Both models' weights as one, in that order; the result owns both, so close only it. It computes in the number
   * format of this one.
   */
  public Weights with(Weights more) {
    if (!device.equals(more.device)) {
      throw new IllegalArgumentException("cannot join weights on " + device + " and on " + more.device);
    }
    Map<String, Tensor> all = new LinkedHashMap<>(tensors);
    more.tensors.forEach(
        (name, tensor) -> {
          if (all.put(name, tensor) != null) {
            throw new IllegalArgumentException("both weights have a tensor " + name);
          }
        });
    return new Weights(dtype, device, all);
  }

  /** Overwrites every tensor with the one of the same name, converting the number format. */
  public void copyFrom(Weights source) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      tensors.forEach((name, tensor) -> tensor.copy_(source.get(name)));
    }
  }

  /**
   * Records gradients for exactly the tensors whose name {@code trained} accepts; the others are frozen. Tensors of
   * whole numbers have no gradient, so they are frozen always.
   */
  public void train(Predicate<String> trained) {
    try (Scope _ = Scope.open()) {
      tensors.forEach((name, tensor) -> tensor.set_requires_grad(tensor.is_floating_point() && trained.test(name)));
    }
  }

  /** The tensors that record gradients, in their fixed order. */
  public Map<String, Tensor> trained() {
    Map<String, Tensor> trained = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (tensor.requires_grad()) {
        trained.put(name, tensor);
      }
    });
    return trained;
  }

  /** The tensor of that name; it belongs to these weights. */
  public Tensor get(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor " + name + " among " + tensors.keySet());
    }
    return tensor;
  }

  /** The tensor of that name, if there is one. */
  public Optional<Tensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /** All tensors in their fixed order. */
  public Map<String, Tensor> named() {
    return tensors;
  }

  /** Who brings these tensors into memory when the model needs them. */
  public Residence residence() {
    return residence;
  }

  /** Puts {@code residence} in charge; {@link Residence#ALWAYS} ends that. */
  public void resideWith(Residence residence) {
    this.residence = residence;
  }

  /** Who hears of gradients that a backward pass by hand gives to these tensors. */
  public GradientListener gradientListener() {
    return listener;
  }

  /** Lets {@code other} hear of such gradients; {@link GradientListener#NONE} ends that. */
  public void announceGradientsTo(GradientListener other) {
    listener = other;
  }

  /** The number format in which the model computes. */
  public DType dtype() {
    return dtype;
  }

  /** Where the tensors are. */
  public Device device() {
    return device;
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
