// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Linears;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * For some matrices the sum over tokens of x xᵀ, x what the matrix reads: half the Hessian of the squared error of its
 * products. Owns the sums until closed.
 */
final class Hessians implements ObservedLinears.Observer, AutoCloseable {
  private final Predicate<Linears.Projection> wanted;
  private final Map<String, Tensor> sums = new HashMap<>();

  Hessians(Predicate<Linears.Projection> wanted) {
    this.wanted = wanted;
  }

  @Override
  public void reads(Linears.Projection projection, Tensor x) {
    if (!wanted.test(projection)) {
      return;
    }
    try (Scope _ = Scope.open()) {
      Tensor flat = x.reshape(-1, projection.inputs());
      Tensor product = flat.t().matmul(flat).to(DType.F64.torch());
      Tensor sum = sums.get(projection.name());
      if (sum == null) {
        sums.put(projection.name(), Scope.keep(product));
      } else {
        sum.add_(product);
      }
    }
  }

  /** The sum for a matrix, [inputs, inputs] F64; it belongs to this. */
  Tensor of(Linears.Projection projection) {
    Tensor sum = sums.get(projection.name());
    if (sum == null) {
      throw new IllegalStateException("matrix " + projection.name() + " has read nothing");
    }
    return sum;
  }

  @Override
  public void close() {
    sums.values().forEach(Scope::free);
    sums.clear();
  }
}
