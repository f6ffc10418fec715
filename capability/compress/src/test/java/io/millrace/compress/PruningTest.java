// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PruningTest {
  private static final CompressionProgress SILENT = CompressionProgress.SILENT;

  @TempDir
  Path folder;

  private Path saved(DecoderConfig config, String... useless) throws IOException {
    Path in = folder.resolve("in");
    try (Decoder decoder = Decoder.random(config, 3);
        Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      for (String name : useless) {
        decoder.weights().get(name).zero_();
      }
      DecoderFolder.save(decoder, in, DType.F32);
    }
    Files.writeString(in.resolve("tokenizer.json"), "{}");
    return in;
  }

  private Agreement agreement(Path in, Path out) throws IOException {
    try (Decoder parent = DecoderFolder.load(in);
        Decoder smaller = DecoderFolder.load(out)) {
      return Agreement.of(parent, smaller, Learnt.windows(700, 4), SILENT);
    }
  }

  @Test
  void takesOutTheBlocksThatChangeNothing() throws IOException {
    DecoderConfig config = Learnt.CONFIG.resized(4, 2, 96);
    Path in = saved(config, "model.layers.1.self_attn.o_proj.weight", "model.layers.1.mlp.down_proj.weight",
        "model.layers.2.self_attn.o_proj.weight", "model.layers.2.mlp.down_proj.weight");
    PruningReport report =
        Pruning.run(in, folder.resolve("out"), new PruningPlan(2, 2, 96), Learnt.windows(500, 3), SILENT);
    assertThat(report.keptLayers()).containsExactly(0, 3);
    assertThat(report.influence().get(1)).isCloseTo(0, within(1e-6));
    assertThat(report.influence().get(0)).isPositive();
    assertThat(report.parametersAfter()).isLessThan(report.parametersBefore());
    assertThat(agreement(in, folder.resolve("out")).divergence()).isCloseTo(0, within(1e-9));
    assertThat(folder.resolve("out/tokenizer.json")).exists();
  }

  /** Heads and units whose outputs nobody reads are found, and the others are left as they were. */
  @ParameterizedTest
  @EnumSource(value = DecoderFamily.class, names = {"LLAMA", "QWEN2", "QWEN3"})
  void takesOutHeadsAndUnitsThatNobodyReads(DecoderFamily family) throws IOException {
    DecoderConfig config = Learnt.CONFIG.as(family);
    Path in = folder.resolve("in");
    try (Decoder decoder = Decoder.random(config, 3);
        Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      for (int layer = 0; layer < config.layers(); layer++) {
        String prefix = "model.layers." + layer + ".";
        // In odd blocks the first group, in even ones the second; every third unit.
        decoder.weights().get(prefix + "self_attn.o_proj.weight").narrow(1, layer % 2 == 1 ? 0 : 32, 32).zero_();
        for (int unit = layer; unit < 96; unit += 3) {
          decoder.weights().get(prefix + "mlp.down_proj.weight").narrow(1, unit, 1).zero_();
        }
      }
      DecoderFolder.save(decoder, in, DType.F32);
    }
    Path out = folder.resolve("out");
    Pruning.run(in, out, new PruningPlan(3, 1, 64), Learnt.windows(1_500, 3), SILENT);
    try (Decoder smaller = DecoderFolder.load(out)) {
      assertThat(smaller.config().kvHeads()).isEqualTo(1);
      assertThat(smaller.config().heads()).isEqualTo(2);
      assertThat(smaller.config().headDim()).isEqualTo(16);
      assertThat(smaller.config().intermediateSize()).isEqualTo(64);
    }
    assertThat(agreement(in, out).divergence()).isCloseTo(0, within(1e-7));
  }

  /** Against the normal equations, solved by elimination in double precision. */
  @Test
  void whatRemainsIsRefittedByLeastSquares() {
    Random random = new Random(8);
    int columns = 12;
    double[][] x = new double[200][columns];
    for (double[] row : x) {
      double shared = random.nextGaussian();
      Arrays.setAll(row, _ -> shared + random.nextGaussian() * 0.7);
    }
    double[] hessian = new double[columns * columns];
    for (double[] row : x) {
      for (int i = 0; i < hessian.length; i++) {
        hessian[i] += row[i / columns] * row[i % columns];
      }
    }
    float[] weight = new float[2 * columns];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) random.nextGaussian();
    }
    long[] kept = {0, 2, 3, 5, 8, 9, 11};
    float[] fitted;
    try (Scope _ = Scope.open()) {
      Tensor matrix = Tensors.of(weight, 2, columns);
      InputPruning.refit(matrix, Tensors.of(hessian, columns, columns), kept);
      fitted = Tensors.floats(matrix);
    }
    double before = 0;
    double after = 0;
    double optimal = 0;
    for (int r = 0; r < 2; r++) {
      double[] best = normalEquations(x, weight, r, kept);
      for (double[] row : x) {
        double wanted = 0;
        double cut = 0;
        double refitted = 0;
        double exact = 0;
        for (int c = 0; c < columns; c++) {
          wanted += weight[r * columns + c] * row[c];
          refitted += fitted[r * columns + c] * row[c];
        }
        for (int k = 0; k < kept.length; k++) {
          cut += weight[r * columns + (int) kept[k]] * row[(int) kept[k]];
          exact += best[k] * row[(int) kept[k]];
        }
        before += Math.pow(wanted - cut, 2);
        after += Math.pow(wanted - refitted, 2);
        optimal += Math.pow(wanted - exact, 2);
      }
    }
    assertThat(fitted[1]).isZero();
    assertThat(after).isLessThan(before * 0.95).isBetween(optimal, optimal * 1.01);
  }

  /** Of the width of real models, where LAPACK divides its work. */
  @Test
  void refitsWideMatrices() {
    int columns = 896;
    double[] hessian = new double[columns * columns];
    for (int i = 0; i < columns; i++) {
      hessian[i * columns + i] = 2;
      hessian[i * columns + (i + 1) % columns] = hessian[(i + 1) % columns * columns + i] = 0.5;
    }
    float[] weight = new float[columns];
    Arrays.fill(weight, 1);
    long[] kept = InputPruning.columns(java.util.stream.IntStream.range(0, columns / 2).map(i -> 2 * i).toArray(), 1);
    try (Scope _ = Scope.open()) {
      Tensor matrix = Tensors.of(weight, 1, columns);
      InputPruning.refit(matrix, Tensors.of(hessian, columns, columns), kept);
      float[] fitted = Tensors.floats(matrix);
      // Each kept input stands for half of what its two neighbours share with it: 1 + 2 · 0.5 / 2, less the damping.
      assertThat(fitted[4]).isCloseTo(1.5f, within(0.01f));
      assertThat(fitted[5]).isZero();
    }
  }

  private static double[] normalEquations(double[][] x, float[] weight, int r, long[] kept) {
    int n = kept.length;
    double[][] a = new double[n][n + 1];
    for (double[] row : x) {
      double wanted = 0;
      for (int c = 0; c < row.length; c++) {
        wanted += weight[r * row.length + c] * row[c];
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          a[i][j] += row[(int) kept[i]] * row[(int) kept[j]];
        }
        a[i][n] += row[(int) kept[i]] * wanted;
      }
    }
    for (int p = 0; p < n; p++) {
      for (int i = 0; i < n; i++) {
        double factor = i == p ? 0 : a[i][p] / a[p][p];
        for (int j = 0; j <= n; j++) {
          a[i][j] -= factor * a[p][j];
        }
      }
    }
    double[] solution = new double[n];
    for (int i = 0; i < n; i++) {
      solution[i] = a[i][n] / a[i][i];
    }
    return solution;
  }

  @Test
  void keepsThePartsThatBringMost() {
    try (Scope _ = Scope.open()) {
      Tensor weight = Tensors.of(new float[] {1, 1, 3, 1, 0, 9}, 1, 6);
      double[] hessian = new double[36];
      double[] strength = {1, 1, 1, 1, 100, 0.01};
      for (int i = 0; i < 6; i++) {
        hessian[i * 7] = strength[i];
      }
      hessian[1] = hessian[6] = -0.99; // the first two nearly cancel each other
      Tensor sums = Tensors.of(hessian, 6, 6);
      assertThat(InputPruning.strongest(weight, sums, 2, 1)).containsExactly(1);
      assertThat(InputPruning.strongest(weight, sums, 2, 2)).containsExactly(1, 2);
      assertThat(InputPruning.strongest(weight, sums, 1, 3)).contains(2).doesNotContain(4);
      assertThat(InputPruning.columns(new int[] {0, 2}, 3)).containsExactly(0, 1, 2, 6, 7, 8);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 2, 96, layers 0", "4, 2, 96, layers 4", "3, 3, 96, key-value heads 3", "3, 2, 90, such as 64",
      "3, 2, 96, nothing to prune"})
  void refusesPlansThatDoNotFit(int layers, int kvHeads, int units, String said) throws IOException {
    Path in = saved(Learnt.CONFIG);
    assertThatThrownBy(() -> Pruning.run(
        in, folder.resolve("out"), new PruningPlan(layers, kvHeads, units), Learnt.windows(500, 3), SILENT))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(said);
    assertThat(List.of(folder.resolve("out").toFile().list())).isEmpty();
  }
}
