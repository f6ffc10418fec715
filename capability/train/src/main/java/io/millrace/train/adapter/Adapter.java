// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.adapter;

import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.Linears;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Torch;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An adapter by itself: its shape, and its tensors in F32 under the names of the matrices that they stand beside, such
 * as {@code model.layers.0.self_attn.q_proj.lora_A.weight}.
 *
 * @param lora its shape
 * @param weights owned by this
 */
public record Adapter(Lora lora, Weights weights) implements AutoCloseable {
  static final String A = ".lora_A.weight";
  static final String B = ".lora_B.weight";

  /**
   * A new adapter for a decoder, A random and B zero, so that it changes nothing at first.
   *
   * @throws IllegalArgumentException naming a target that is no matrix of the decoder
   */
  public static Adapter random(Decoder base, Lora lora, long seed) {
    Map<String, Weights.Slot> slots = slots(lora, Projections.of(base.config(), base.weights()));
    return new Adapter(lora, Torch.seeded(seed, () -> Weights.create(DType.F32, base.weights().device(), slots)));
  }

  private static Map<String, Weights.Slot> slots(Lora lora, List<Linears.Projection> projections) {
    Map<String, Weights.Slot> slots = new LinkedHashMap<>();
    Set<String> known = new HashSet<>();
    Set<String> found = new HashSet<>();
    for (Linears.Projection projection : projections) {
      for (Linears.Part part : projection.parts()) {
        known.add(Lora.lastPart(part.name()));
        if (lora.targets().contains(Lora.lastPart(part.name()))) {
          found.add(Lora.lastPart(part.name()));
          // The variance of Kaiming's uniform start in the method's own implementation.
          Weights.Start start = new Weights.Start.Normal(1 / Math.sqrt(3.0 * projection.inputs()));
          slots.put(part.name() + A, new Weights.Slot(start, lora.rank(), projection.inputs()));
          slots.put(part.name() + B, new Weights.Slot(new Weights.Start.Constant(0), part.rows(), lora.rank()));
        }
      }
    }
    lora.checkTargets(found, known);
    return slots;
  }

  /**
   * Adds the adapter to the decoder's own matrices, which then compute the same without it.
   *
   * @param base in F32, whose weights change
   * @param share 1 for all of it; less for a part, as when several are merged
   * @throws IllegalArgumentException naming a matrix of the adapter that the decoder lacks, or that has another shape
   */
  public void mergeInto(Decoder base, double share) {
    Set<String> left = new HashSet<>(weights.named().keySet());
    try (NoGrad _ = NoGrad.open()) {
      for (Linears.Projection projection : Projections.of(base.config(), base.weights())) {
        for (Linears.Part part : projection.parts()) {
          if (left.remove(part.name() + A) && left.remove(part.name() + B)) {
            try (Scope _ = Scope.open()) {
              add(base.weights().get(projection.name() + ".weight"), projection, part, share);
            }
          }
        }
      }
    }
    if (!left.isEmpty()) {
      throw new IllegalArgumentException("the decoder has no matrix for " + left.iterator().next());
    }
  }

  private void add(Tensor matrix, Linears.Projection projection, Linears.Part part, double share) {
    Tensor a = shaped(part.name() + A, lora.rank(), projection.inputs());
    Tensor b = shaped(part.name() + B, part.rows(), lora.rank());
    Tensor change = b.matmul(a).mul(new Scalar(share * lora.scale()));
    matrix.detach().narrow(0, part.from(), part.rows()).add_(change.to(matrix.scalar_type()));
  }

  /** The tensor of that name; refuses one of another shape. */
  private Tensor shaped(String name, long rows, long columns) {
    Tensor tensor = weights.get(name);
    if (tensor.size(0) != rows || tensor.size(1) != columns) {
      throw new IllegalArgumentException("adapter tensor %s is [%d, %d], but the decoder needs [%d, %d]"
          .formatted(name, tensor.size(0), tensor.size(1), rows, columns));
    }
    return tensor;
  }

  /** Whether a decoder has a matrix of the right shape for every tensor; refuses the first that does not fit. */
  void checkFits(List<Linears.Projection> projections) {
    Set<String> left = new HashSet<>(weights.named().keySet());
    for (Linears.Projection projection : projections) {
      for (Linears.Part part : projection.parts()) {
        if (left.remove(part.name() + A)) {
          shaped(part.name() + A, lora.rank(), projection.inputs());
        }
        if (left.remove(part.name() + B)) {
          shaped(part.name() + B, part.rows(), lora.rank());
        }
      }
    }
    if (!left.isEmpty()) {
      throw new IllegalArgumentException("the decoder has no matrix for " + left.iterator().next());
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
