// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class AdamWTest {
  @Test
  void followsTheTextbookInDoublePrecision() {
    AdamW.Settings settings = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1.5);
    try (Weights weights = Weights.create(DType.F32, Map.of("w", new Weights.Slot(new Weights.Start.Normal(1), 3, 2)))) {
      weights.train(_ -> true);
      double[] w = Tensors.doubles(weights.get("w"));
      double[] mean = new double[6];
      double[] square = new double[6];
      try (AdamW adamw = new AdamW(weights, weights, settings)) {
        for (int step = 1; step <= 5; step++) {
          double rate = 0.01 * step;
          try (Scope scope = Scope.open()) {
            Tensor tensor = weights.get("w");
            tensor.pow(new Scalar(2)).sum().backward(); // gradient 2w
            adamw.step(rate, adamw.gradientNorm(1), 1);
          }
          double norm = 0;
          for (double x : w) {
            norm += 4 * x * x;
          }
          double clip = Math.min(1, 1.5 / Math.sqrt(norm));
          for (int i = 0; i < 6; i++) {
            double g = 2 * w[i] * clip;
            mean[i] = 0.9 * mean[i] + 0.1 * g;
            square[i] = 0.95 * square[i] + 0.05 * g * g;
            w[i] *= 1 - rate * 0.1;
            w[i] -= rate * (mean[i] / (1 - Math.pow(0.9, step))) / (Math.sqrt(square[i] / (1 - Math.pow(0.95, step))) + 1e-8);
          }
        }
      }
      assertThat(Tensors.doubles(weights.get("w"))).usingComparatorWithPrecision(1e-5).containsExactly(w);
    }
  }

  @Test
  void aBf16ModelLearnsInF32AndItsVectorsDoNotDecay() {
    AdamW.Settings settings = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1.5);
    Map<String, Weights.Slot> slots = new LinkedHashMap<>();
    slots.put("matrix", new Weights.Slot(new Weights.Start.Normal(1), 3, 32));
    slots.put("vector", new Weights.Slot(new Weights.Start.Normal(1), 64));
    slots.put("odd", new Weights.Slot(new Weights.Start.Normal(1), 5, 7)); // no whole vectors: libtorch's operator
    try (Weights masters = Weights.create(DType.F32, slots); Weights working = masters.as(DType.BF16); Scope outer = Scope.open()) {
      working.train(_ -> true);
      Map<String, double[]> expected = new LinkedHashMap<>();
      Map<String, double[][]> moments = new LinkedHashMap<>();
      masters.named().forEach((name, tensor) -> {
        expected.put(name, Tensors.doubles(tensor));
        moments.put(name, new double[2][(int) tensor.numel()]);
      });
      try (AdamW adamw = new AdamW(masters, working, settings)) {
        for (int step = 1; step <= 4; step++) {
          Map<String, double[]> gradients = new LinkedHashMap<>();
          double norm = 0;
          try (Scope scope = Scope.open()) {
            for (Map.Entry<String, Tensor> entry : working.named().entrySet()) {
              Tensor wanted = torch.randn(entry.getValue().shape()).to(DType.BF16.torch());
              entry.getValue().mul(wanted).sum().backward(); // whose gradient is what was wanted
              gradients.put(entry.getKey(), Tensors.doubles(wanted));
              for (double g : gradients.get(entry.getKey())) {
                norm += g * g / 4;
              }
            }
            // libtorch rounds the norm of the odd tensor to BF16.
            assertThat(adamw.gradientNorm(2)).isCloseTo(Math.sqrt(norm), within(1e-2));
            adamw.step(0.02, Math.sqrt(norm), 2);
          }
          double divisor = 2 * Math.max(1, Math.sqrt(norm) / 1.5);
          for (String name : expected.keySet()) {
            textbook(expected.get(name), gradients.get(name), moments.get(name), divisor, name.equals("vector") ? 0 : 0.1, step);
          }
        }
        expected.forEach((name, values) -> {
          assertThat(Tensors.doubles(masters.get(name))).as(name).usingComparatorWithPrecision(1e-5).containsExactly(values);
          assertThat(Tensors.floats(working.get(name))).as(name)
              .isEqualTo(Tensors.floats(masters.get(name).to(DType.BF16.torch())));
          assertThat(working.get(name).grad().defined()).as(name).isFalse();
        });
      }
    }
  }

  private static void textbook(double[] w, double[] gradient, double[][] moments, double divisor, double decay, int step) {
    for (int i = 0; i < w.length; i++) {
      double g = gradient[i] / divisor;
      moments[0][i] = 0.9 * moments[0][i] + 0.1 * g;
      moments[1][i] = 0.95 * moments[1][i] + 0.05 * g * g;
      w[i] *= 1 - 0.02 * decay;
      w[i] -= 0.02 * (moments[0][i] / (1 - Math.pow(0.9, step))) / (Math.sqrt(moments[1][i] / (1 - Math.pow(0.95, step))) + 1e-8);
    }
  }
}
