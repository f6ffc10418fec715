// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.safetensors.Codes;
import io.millrace.model.safetensors.WeightFormat;
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
 * Rounds a matrix to four bits so that its products with the calibration data change least. Source: Frantar et al. 2022,
 * algorithm 1: each column's rounding error is taken off the columns that follow, as the inverse Hessian says.
 *
 * <p>Scales are fixed before, each the best for its group of the weights as they were, errors weighed by how strong a
 * column's activations are; so columns may go in any order. Within a block rows are computed in plain Java, since a
 * call of libtorch takes longer than a column; what a block does to the columns after it is one product.
 */
final class Gptq {
  private static final int TRIES = 4;

  private final Rounding.Gptq settings;
  private final int rows;
  private final int columns;
  private final Codes codes;

  private Gptq(Rounding.Gptq settings, int rows, int columns) {
    this.settings = settings;
    this.rows = rows;
    this.columns = columns;
    this.codes = new Codes(rows, columns, WeightFormat.INT4.group(columns));
  }

  /**
   * The rounded matrix.
   *
   * @param weight [rows, columns], F32
   * @param hessian [columns, columns], F64: the sum over tokens of x xᵀ, x the matrix's input
   * @throws IllegalArgumentException when a weight is not finite
   */
  static Codes round(Tensor weight, Tensor hessian, Rounding.Gptq settings) {
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Gptq gptq = new Gptq(settings, (int) weight.size(0), (int) weight.size(1));
      gptq.round(weight, hessian);
      return gptq.codes;
    }
  }

  private void round(Tensor weight, Tensor hessian) {
    Tensor diagonal = hessian.diagonal();
    float[] importance = Tensors.floats(diagonal);
    fixScales(Tensors.floats(weight), importance);
    Tensor order = settings.actOrder() ? torch.argsort(diagonal, 0L, true) : Tensors.of(
        IntStream.range(0, columns).asLongStream().toArray(), columns);
    Tensor left = weight.index_select(1, order).to(DType.F32.torch()).contiguous();
    Tensor upper = factor(hessian.index_select(0, order).index_select(1, order));
    long[] places = Tensors.longs(order);
    for (int from = 0; from < columns; from += settings.block()) {
      int to = Math.min(columns, from + settings.block());
      int first = from;
      Scope.only(() -> {
        Tensor errors = block(left, upper, first, to, places);
        if (to < columns) {
          left.narrow(1, to, columns - to)
              .sub_(errors.matmul(upper.narrow(0, first, to - first).narrow(1, to, columns - to)));
        }
        return errors;
      });
    }
  }

  private void fixScales(float[] weights, float[] importance) {
    NearestStep.requireFinite(rows, columns, (r, c) -> weights[r * columns + c]);
    IntStream.range(0, rows).parallel().forEach(r -> NearestStep.round(
        WeightFormat.INT4, Arrays.copyOfRange(weights, r * columns, (r + 1) * columns), importance, r, codes));
  }

  /** The upper Cholesky factor of the inverse Hessian, F32; damped more where the data were too few to invert it. */
  private Tensor factor(Tensor hessian) {
    double mean = hessian.diagonal().mean().item_double();
    if (!Double.isFinite(mean)) {
      throw new IllegalArgumentException("activations of mean square " + mean + " are not finite");
    }
    mean = Math.max(mean, 1e-20);
    Tensor identity = torch.eye(columns, DType.F64.options());
    RuntimeException failure = null;
    double damping = settings.damping();
    for (int attempt = 0; attempt < TRIES; attempt++, damping *= 10) {
      try {
        Tensor damped = hessian.add(identity.mul(new Scalar(damping * mean)));
        Tensor inverse = torch.cholesky_inverse(torch.linalg_cholesky(damped));
        return torch.linalg_cholesky(inverse, true).to(DType.F32.torch()).contiguous();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    throw new IllegalStateException("Hessian of " + columns + " columns cannot be inverted, damped by up to " + damping / 10
        + " of its mean: give more calibration data", failure);
  }

  /** Rounds the columns of a block; returns their errors, [rows, to - from], over the factor's diagonal. */
  private Tensor block(Tensor left, Tensor upper, int from, int to, long[] places) {
    int width = to - from;
    float[] weights = Tensors.floats(left.narrow(1, from, width).contiguous());
    float[] u = Tensors.floats(upper.narrow(0, from, width).narrow(1, from, width).contiguous());
    float[] errors = new float[rows * width];
    IntStream.range(0, rows).parallel().forEach(r -> row(r, weights, u, errors, width, from, places));
    return Tensors.of(errors, rows, width);
  }

  private void row(int r, float[] weights, float[] u, float[] errors, int width, int from, long[] places) {
    int at = r * width;
    for (int j = 0; j < width; j++) {
      int column = (int) places[from + j];
      float scale = codes.scale(r, column);
      int value = Int4Scale.value(weights[at + j], scale);
      codes.values()[r * columns + column] = (byte) value;
      float error = (weights[at + j] - value * scale) / u[j * width + j];
      errors[at + j] = error;
      for (int k = j + 1; k < width; k++) {
        weights[at + k] -= error * u[j * width + k];
      }
    }
  }
}
