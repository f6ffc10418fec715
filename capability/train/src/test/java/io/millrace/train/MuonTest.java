// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class MuonTest {
  private static final String MATRIX = "model.layers.0.mlp.down_proj.weight";

  @TempDir private Path folder;

  /** The singular value decomposition by LAPACK in F64, with {@code f} applied to the singular values. */
  private static double[] mapped(double[] values, int rows, int columns, java.util.function.DoubleUnaryOperator f) {
    try (Scope _ = Scope.open()) {
      T_TensorTensorTensor_T svd = torch.svd(Tensors.of(values, rows, columns));
      double[] s = Tensors.doubles(svd.get1());
      double norm = Math.sqrt(IntStream.range(0, s.length).mapToDouble(i -> s[i] * s[i]).sum());
      double[] mapped = IntStream.range(0, s.length).mapToDouble(i -> f.applyAsDouble(s[i] / norm)).toArray();
      return Tensors.doubles(
          svd.get0().mul(Tensors.of(mapped, mapped.length)).matmul(svd.get2().t()));
    }
  }

  private static double rounds(double singular, int rounds) {
    double s = singular;
    for (int i = 0; i < rounds; i++) {
      s = NewtonSchulz.A * s + NewtonSchulz.B * Math.pow(s, 3) + NewtonSchulz.C * Math.pow(s, 5);
    }
    return s;
  }

  private static double[] random(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count).mapToDouble(_ -> random.nextGaussian()).toArray();
  }

  @Test
  void actsOnSingularValuesOnlyAsTheDecompositionShows() {
    for (int[] shape : new int[][] {{6, 6}, {4, 9}, {9, 4}}) {
      double[] matrix = random(shape[0] * shape[1], shape[0]);
      double[] expected = mapped(matrix, shape[0], shape[1], s -> rounds(s, 5));
      try (Scope _ = Scope.open()) {
        double[] found = Tensors.doubles(NewtonSchulz.of(Tensors.of(matrix, shape[0], shape[1]), 5, DType.F64));
        // The norm that is divided by has 1e-7 added to it.
        assertThat(found).usingComparatorWithPrecision(1e-5).containsExactly(expected);
      }
    }
  }

  @Test
  void comesCloseToThePolarFactor() {
    double[] matrix = random(24 * 40, 5);
    double[] polar = mapped(matrix, 24, 40, _ -> 1);
    for (DType precision : List.of(DType.F32, DType.BF16)) {
      try (Scope _ = Scope.open()) {
        double[] found =
            Tensors.doubles(NewtonSchulz.of(Tensors.of(matrix, 24, 40).to(DType.F32.torch()), 5, precision));
        double dot = 0;
        double norm = 0;
        for (int i = 0; i < found.length; i++) {
          dot += found[i] * polar[i];
          norm += found[i] * found[i];
        }
        assertThat(dot / Math.sqrt(norm * 24)).as("cosine, %s", precision).isGreaterThan(0.98);
        double[] singular = Tensors.doubles(torch.svd(Tensors.of(found, 24, 40)).get1());
        assertThat(java.util.Arrays.stream(singular).boxed()).allSatisfy(s -> assertThat(s).isBetween(0.65, 1.2));
      }
    }
  }

  @Test
  void eachExpertIsOrthogonalisedForItself() {
    double[] both = random(2 * 5 * 3, 8);
    try (Scope _ = Scope.open()) {
      Tensor stacked = Tensors.of(both, 2, 5, 3);
      double[] together = Tensors.doubles(NewtonSchulz.of(stacked, 5, DType.F64).select(0, 1));
      assertThat(together).usingComparatorWithPrecision(1e-9)
          .containsExactly(Tensors.doubles(NewtonSchulz.of(stacked.select(0, 1), 5, DType.F64)));
    }
  }

  @Test
  void matricesFollowTheTextbookAndTheRestFollowsAdamW() {
    Muon.Settings settings = new Muon.Settings(0.9, true, 5, 0.1, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1e9));
    Map<String, Weights.Slot> slots = new LinkedHashMap<>();
    slots.put(MATRIX, new Weights.Slot(new Weights.Start.Normal(1), 3, 5));
    slots.put("model.embed_tokens.weight", new Weights.Slot(new Weights.Start.Normal(1), 4, 2));
    slots.put("model.norm.weight", new Weights.Slot(new Weights.Start.Constant(1), 3));
    try (Weights weights = Weights.create(DType.F32, slots);
        Weights same = weights.as(DType.F32)) {
      double[] w = Tensors.doubles(weights.get(MATRIX));
      double[] momentum = new double[15];
      weights.train(_ -> true);
      same.train(name -> !name.equals(MATRIX));
      try (Muon muon = new Muon(weights, weights, settings);
          AdamW adamw = new AdamW(same, same, settings.rest())) {
        for (int step = 1; step <= 4; step++) {
          try (Scope _ = Scope.open()) {
            for (Tensor tensor : weights.trained().values()) {
              tensor.pow(new Scalar(2)).sum().backward(); // gradient 2w
            }
            muon.step(0.02, muon.gradientNorm(2), 2);
            for (Tensor tensor : same.trained().values()) {
              tensor.pow(new Scalar(2)).sum().backward();
            }
            adamw.step(0.02, adamw.gradientNorm(2), 2);
          }
          double[] ahead = new double[15];
          for (int i = 0; i < 15; i++) {
            momentum[i] = 0.9 * momentum[i] + w[i];
            ahead[i] = 0.9 * momentum[i] + w[i];
          }
          double[] direction = mapped(ahead, 3, 5, s -> rounds(s, 5));
          for (int i = 0; i < 15; i++) {
            w[i] = w[i] * (1 - 0.02 * 0.1) - 0.02 * 0.2 * Math.sqrt(5) * direction[i];
          }
        }
      }
      assertThat(Tensors.doubles(weights.get(MATRIX))).usingComparatorWithPrecision(1e-4).containsExactly(w);
      for (String name : List.of("model.embed_tokens.weight", "model.norm.weight")) {
        assertThat(Tensors.floats(weights.get(name))).containsExactly(Tensors.floats(same.get(name)));
      }
    }
  }

  @Test
  void learnsAndAResumedRunEqualsAnUninterruptedOneBitForBit() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    FineTuning.Settings settings = new FineTuning.Settings(40, 8, io.millrace.train.adapter.Adaptation.WHOLE,
        Tiny.steps(30, 5e-3).with(Muon.Settings.DECODER));
    List<Example> examples = Tiny.examples(200, 1);
    FineTuning.Result whole = new FineTuning(settings, RunControl.in(folder.resolve("whole")))
        .run(base, examples, Tiny.examples(40, 2), folder.resolve("a"));
    assertThat(new FineTuning(settings, Tiny.cancelledAfter(11, folder.resolve("cut")))
        .run(base, examples, List.of(), folder.resolve("b")).outcome().finished()).isFalse();
    new FineTuning(settings, RunControl.in(folder.resolve("cut"))).run(base, examples, List.of(), folder.resolve("b"));
    assertThat(folder.resolve("b/model.safetensors")).hasSameBinaryContentAs(folder.resolve("a/model.safetensors"));
    assertThat(whole.lossAfter()).isNotNull().isLessThan(whole.lossBefore() - 0.5);
  }

  @Test
  void refusesAModelOfWhichNoHiddenMatrixLearns() {
    try (Weights weights =
        Weights.create(DType.F32, Map.of("score.weight", new Weights.Slot(new Weights.Start.Normal(1), 3, 2)))) {
      weights.train(_ -> true);
      assertThatThrownBy(() -> Muon.Settings.DECODER.over(weights, weights)).hasMessageContaining("use AdamW");
    }
    assertThatThrownBy(() -> new Muon.Settings(1, true, 5, 0, AdamW.Settings.DECODER)).hasMessageContaining("momentum 1");
    assertThat(Muon.Settings.DECODER.momentum()).isCloseTo(0.95, within(0.0));
  }
}
