// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.parallel;

import io.millrace.tensor.Device;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Reduction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The whole tensors that ranks hold parts of, in the memory of the first rank and nowhere else; so a run can go on with
 * another mesh.
 */
final class ParallelState implements AutoCloseable {
  private final Map<String, Tensor> tensors;

  private ParallelState(Map<String, Tensor> tensors) {
    this.tensors = tensors;
  }

  /**
   * Gathers tensor by tensor; all ranks call, with the same names in the same order.
   *
   * @param parts by name; what stands before a last {@code /} tells apart tensors of the same place
   */
  static ParallelState gather(Map<String, Tensor> parts, Sharding sharding, MeshGroups groups) {
    Map<String, Tensor> whole = new LinkedHashMap<>();
    Collective model = groups.model();
    boolean first = groups.all().rank() == 0;
    try (NoGrad _ = NoGrad.open()) {
      parts.forEach((key, part) -> {
        try (Scope _ = Scope.open()) {
          String name = place(key);
          Tensor sum = torch.zeros(sharding.wholeShape(name, part.shape()), part.options());
          if (sharding.standsFor(name, groups.seat())) {
            sharding.put(name, part.detach(), sum, groups.seat());
          }
          // Everything else is zero elsewhere, so the sum is exact.
          model.allReduce(sum, Reduction.SUM);
          if (first) {
            whole.put(key, Scope.keep(Device.CPU.move(sum)));
          }
        }
      });
    }
    return new ParallelState(whole);
  }

  /** The tensor of a decoder that a name of an optimiser's state belongs to. */
  static String place(String key) {
    return key.substring(key.lastIndexOf('/') + 1);
  }

  /** By name, on the first rank; empty on the others. */
  Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public void close() {
    tensors.values().forEach(Scope::free);
  }
}
