// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Takes inputs away from a matrix, in parts of equal width, and lets the others make up for them.
 *
 * <p>A part is worth the energy that it brings to the product on calibration data, the sum over tokens of ‖W_p x_p‖²;
 * for single inputs that is the squared norm of the weights times that of the activations (Sun et al. 2023, Wanda, summed
 * over a column). The columns that remain are refitted by least squares to the product as it was.
 */
final class InputPruning {
  private static final double DAMPING = 0.01;

  private InputPruning() {}

  /**
   * The most valuable parts, in the order in which they stand.
   *
   * @param weight [rows, columns]
   * @param hessian [columns, columns] F64: the sum over tokens of x xᵀ
   * @param width columns of a part
   * @param count how many parts to keep
   */
  static int[] strongest(Tensor weight, Tensor hessian, int width, int count) {
    double[] energy;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      long parts = weight.size(1) / width;
      Tensor exact = weight.to(DType.F64.torch());
      // Blocks on the diagonal only: each part by itself.
      if (width == 1) {
        energy = Tensors.doubles(exact.square().sum(0).mul(hessian.diagonal()));
      } else {
        energy = new double[(int) parts];
        for (int p = 0; p < parts; p++) {
          Tensor columns = exact.narrow(1, (long) p * width, width);
          Tensor own = hessian.narrow(0, (long) p * width, width).narrow(1, (long) p * width, width);
          energy[p] = columns.matmul(own).mul(columns).sum().item_double();
        }
      }
    }
    double[] found = energy;
    return IntStream.range(0, found.length).boxed().sorted((a, b) -> Double.compare(found[b], found[a])).limit(count)
        .mapToInt(part -> part).sorted().toArray();
  }

  /** The columns of parts. */
  static long[] columns(int[] parts, int width) {
    return Arrays.stream(parts).flatMap(part -> IntStream.range(part * width, (part + 1) * width)).asLongStream().toArray();
  }

  /** Sets all columns but the kept ones to 0, and those so that the products on the calibration data change least. */
  static void refit(Tensor weight, Tensor hessian, long[] kept) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor places = Tensors.of(kept, kept.length);
      Tensor toKept = hessian.index_select(0, places);
      Tensor own = toKept.index_select(1, places);
      double mean = Math.max(own.diagonal().mean().item_double(), 1e-20);
      Tensor damped = own.add(torch.eye(kept.length, DType.F64.options()).mul(new Scalar(DAMPING * mean)));
      // Damped towards the weights as they were, not towards 0.
      Tensor exact = weight.to(DType.F64.torch());
      Tensor wanted = toKept.matmul(exact.t()).add(exact.index_select(1, places).t().mul(new Scalar(DAMPING * mean)));
      // By Cholesky: the system is positive definite, and LAPACK's general solver overflows the stacks of Java's threads.
      Tensor solved = torch.cholesky_solve(wanted, torch.linalg_cholesky(damped)).t();
      Tensor result = torch.zeros_like(exact).index_copy_(1, places, solved);
      weight.copy_(result);
    }
  }
}
