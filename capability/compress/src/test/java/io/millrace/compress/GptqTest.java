// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.safetensors.Codes;
import io.millrace.model.safetensors.WeightFormat;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GptqTest {
  private static final int ROWS = 24;
  private static final int COLUMNS = 96;

  private final double[][] weights = new double[ROWS][COLUMNS];
  private final double[][] hessian = new double[COLUMNS][COLUMNS];

  /** Inputs whose columns go together and differ in strength, as activations do. */
  GptqTest() {
    Random random = new Random(4);
    for (double[] row : weights) {
      Arrays.setAll(row, _ -> (float) random.nextGaussian() * 0.05f);
    }
    double[][] mixing = new double[12][COLUMNS];
    for (double[] row : mixing) {
      Arrays.setAll(row, c -> random.nextGaussian() * (1 + c % 7));
    }
    for (int token = 0; token < 400; token++) {
      double[] x = new double[COLUMNS];
      for (double[] row : mixing) {
        double strength = random.nextGaussian();
        for (int c = 0; c < COLUMNS; c++) {
          x[c] += strength * row[c];
        }
      }
      for (int c = 0; c < COLUMNS; c++) {
        x[c] += random.nextGaussian() * 0.5;
      }
      for (int i = 0; i < COLUMNS; i++) {
        for (int j = 0; j < COLUMNS; j++) {
          hessian[i][j] += x[i] * x[j];
        }
      }
    }
  }

  private Codes rounded(Rounding.Gptq settings) {
    try (Scope _ = Scope.open()) {
      return Gptq.round(tensor(weights).to(DType.F32.torch()), tensor(hessian), settings);
    }
  }

  private static Tensor tensor(double[][] matrix) {
    return Tensors.of(Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray(), matrix.length, matrix[0].length);
  }

  /**
   * Optimal Brain Quantization with a fixed order (Frantar et al. 2022, equations 2 and 3), in double precision: the
   * inverse Hessian itself, from which each rounded column is eliminated; no Cholesky factor, no blocks.
   */
  private int[][] textbook(Codes scales, double damping, int[] order) {
    double mean = IntStream.range(0, COLUMNS).mapToDouble(i -> hessian[i][i]).average().orElseThrow();
    double[][] damped = new double[COLUMNS][];
    for (int i = 0; i < COLUMNS; i++) {
      damped[i] = hessian[i].clone();
      damped[i][i] += damping * mean;
    }
    double[][] inverse = inverse(damped);
    double[][] w = Arrays.stream(weights).map(double[]::clone).toArray(double[][]::new);
    int[][] values = new int[ROWS][COLUMNS];
    boolean[] done = new boolean[COLUMNS];
    for (int column : order) {
      done[column] = true;
      for (int r = 0; r < ROWS; r++) {
        double scale = scales.scale(r, column);
        values[r][column] = (int) Math.clamp(Math.round(w[r][column] / scale), -8, 7);
        double error = (w[r][column] - values[r][column] * scale) / inverse[column][column];
        for (int c = 0; c < COLUMNS; c++) {
          if (!done[c]) {
            w[r][c] -= error * inverse[column][c];
          }
        }
      }
      double pivot = inverse[column][column];
      double[] eliminated = inverse[column].clone();
      for (int i = 0; i < COLUMNS; i++) {
        double factor = inverse[i][column] / pivot;
        for (int j = 0; j < COLUMNS; j++) {
          inverse[i][j] -= factor * eliminated[j];
        }
      }
    }
    return values;
  }

  /** Gauss and Jordan. */
  private static double[][] inverse(double[][] matrix) {
    int n = matrix.length;
    double[][] a = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    double[][] b = new double[n][n];
    for (int i = 0; i < n; i++) {
      b[i][i] = 1;
    }
    for (int p = 0; p < n; p++) {
      double pivot = a[p][p];
      for (int j = 0; j < n; j++) {
        a[p][j] /= pivot;
        b[p][j] /= pivot;
      }
      for (int i = 0; i < n; i++) {
        double factor = a[i][p];
        for (int j = 0; i != p && j < n; j++) {
          a[i][j] -= factor * a[p][j];
          b[i][j] -= factor * b[p][j];
        }
      }
    }
    return b;
  }

  private int[] byActivation() {
    return IntStream.range(0, COLUMNS).boxed().sorted((a, b) -> Double.compare(hessian[b][b], hessian[a][a]))
        .mapToInt(i -> i).toArray();
  }

  @ParameterizedTest
  @CsvSource({"128, false", "32, false", "7, false", "1, false", "128, true", "10, true"})
  void roundsAsTheTextbookDoesWhateverTheBlock(int block, boolean actOrder) {
    Codes codes = rounded(new Rounding.Gptq(0.05, block, actOrder));
    int[][] expected = textbook(codes, 0.05, actOrder ? byActivation() : IntStream.range(0, COLUMNS).toArray());
    int different = 0;
    for (int r = 0; r < ROWS; r++) {
      for (int c = 0; c < COLUMNS; c++) {
        different += codes.values()[r * COLUMNS + c] == expected[r][c] ? 0 : 1;
      }
    }
    // A weight half-way between two steps may fall to either side in single precision, and what follows with it.
    assertThat(different).isLessThan(ROWS * COLUMNS / 100);
  }

  @Test
  void changesWhatTheMatrixComputesLessThanTheNearestStepDoes() {
    Codes nearest = new Codes(ROWS, COLUMNS, 32);
    for (int r = 0; r < ROWS; r++) {
      float[] row = new float[COLUMNS];
      for (int c = 0; c < COLUMNS; c++) {
        row[c] = (float) weights[r][c];
      }
      NearestStep.round(WeightFormat.INT4, row, null, r, nearest);
    }
    assertThat(outputError(rounded(Rounding.GPTQ))).isLessThan(outputError(nearest) / 2);
    assertThat(outputError(rounded(new Rounding.Gptq(0.01, 128, true)))).isLessThan(outputError(nearest) / 2);
  }

  /** The sum over tokens of the squared change of the product. */
  private double outputError(Codes codes) {
    double sum = 0;
    for (int r = 0; r < ROWS; r++) {
      double[] d = new double[COLUMNS];
      for (int c = 0; c < COLUMNS; c++) {
        d[c] = weights[r][c] - codes.at(r, c);
      }
      for (int i = 0; i < COLUMNS; i++) {
        for (int j = 0; j < COLUMNS; j++) {
          sum += d[i] * hessian[i][j] * d[j];
        }
      }
    }
    return sum;
  }

  @Test
  void withoutActivationsItIsTheNearestStep() {
    Arrays.stream(hessian).forEach(row -> Arrays.fill(row, 0));
    Codes codes = rounded(Rounding.GPTQ);
    for (int r = 0; r < ROWS; r++) {
      for (int c = 0; c < COLUMNS; c++) {
        assertThat((int) codes.values()[r * COLUMNS + c])
            .isEqualTo(Int4Scale.value((float) weights[r][c], codes.scale(r, c)));
      }
    }
  }

  @Test
  void refusesWeightsAndActivationsThatAreNotFinite() {
    weights[3][5] = Double.NaN;
    assertThatThrownBy(() -> rounded(Rounding.GPTQ)).hasMessageContaining("row 3: weight NaN in column 5");
    weights[3][5] = 0;
    hessian[2][2] = Double.NaN;
    assertThatThrownBy(() -> rounded(Rounding.GPTQ)).hasMessageContaining("not finite");
  }
}
