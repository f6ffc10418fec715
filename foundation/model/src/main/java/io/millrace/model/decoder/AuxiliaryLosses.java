// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the blocks of one forward pass want minimised besides the loss of prediction, and what they counted.
 *
 * <p>Make one for each pass, and use it in the scope of that pass. A dense decoder puts nothing in.
 */
public final class AuxiliaryLosses {
  private record Entry(String name, Tensor value) {}

  private final boolean training;
  private final List<Entry> pending = new ArrayList<>();
  private final Map<String, Double> read = new LinkedHashMap<>();
  private @Nullable Tensor total;

  /** For a pass of training. */
  public AuxiliaryLosses() {
    this(true);
  }

  private AuxiliaryLosses(boolean training) {
    this.training = training;
  }

  /** For a pass that only reads: nothing is dropped to balance the experts, and no losses are wanted. */
  public static AuxiliaryLosses none() {
    return new AuxiliaryLosses(false);
  }

  /** For a part of this pass. */
  AuxiliaryLosses part() {
    return new AuxiliaryLosses(training);
  }

  /** Whether this is a pass of training. */
  public boolean training() {
    return training;
  }

  /**
   * Adds a loss.
   *
   * @param name by which {@link #values} shows it, unweighted and summed over blocks
   * @param weight its share in the total
   * @param loss a scalar, F32 or F64
   */
  public void add(String name, double weight, Tensor loss) {
    include(loss.mul(new Scalar(weight)));
    pending.add(new Entry(name, loss.detach()));
  }

  /** Adds a figure that nobody minimises, such as the tokens that were dropped: a scalar of any type. */
  public void count(String name, Tensor count) {
    pending.add(new Entry(name, count.detach()));
  }

  /** The number format in which losses of a computation in {@code x}'s format are added: F64 for F64, else F32. */
  static DType format(Tensor x) {
    return DType.of(x) == DType.F64 ? DType.F64 : DType.F32;
  }

  /** Whether there is nothing to minimise. */
  public boolean isEmpty() {
    return total == null;
  }

  /** {@code loss} and the weighted sum of what was added. */
  public Tensor addTo(Tensor loss) {
    return total == null ? loss : loss.add(total);
  }

  /** The weighted sum, or null if nothing was added. */
  @Nullable Tensor total() {
    return total;
  }

  /** Every loss, unweighted, and every count, summed over the blocks. */
  public Map<String, Double> values() {
    pending.forEach(entry -> read.merge(entry.name, entry.value.item_double(), Double::sum));
    pending.clear();
    return Collections.unmodifiableMap(read);
  }

  /** Takes up figures of a pass whose tensors are gone. */
  void merge(Map<String, Double> values) {
    values.forEach((name, value) -> read.merge(name, value, Double::sum));
  }

  /** Adds a weighted loss that {@link #values} does not show. */
  void include(Tensor weighted) {
    total = total == null ? weighted : total.add(weighted);
  }
}
