// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

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
}
