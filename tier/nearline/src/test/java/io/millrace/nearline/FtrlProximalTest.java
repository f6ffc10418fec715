// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class FtrlProximalTest {

  @Test
  void followsTheUpdateRuleByHand() {
    // alpha .5, beta 1, l1 0, l2 0, one feature of value 2 beside the bias, clicked: p = 1/2, gradients -1 and -1/2.
    FtrlProximal model = new FtrlProximal(0.5, 1, 0, 0);
    FtrlProximal.Learned once = model.learn(FtrlProximal.Learned.NOTHING, Map.of("x", 2.0), true);

    assertThat(once.z()).containsEntry("x", -1.0).containsEntry("bias", -0.5);
    assertThat(once.n()).containsEntry("x", 1.0).containsEntry("bias", 0.25);
    assertThat(model.weights(once).get("x")).isCloseTo(1 / ((1 + 1) / 0.5), within(1e-12));
    assertThat(model.weights(once).get("bias")).isCloseTo(0.5 / ((1 + 0.5) / 0.5), within(1e-12));
  }

  @Test
  void findsTheWeightsThatMadeTheData() {
    FtrlProximal model = new FtrlProximal(0.5, 1, 0, 0);
    FtrlProximal.Learned learned = FtrlProximal.Learned.NOTHING;
    Random random = new Random(5);
    for (int i = 0; i < 40_000; i++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      double probability = 1 / (1 + Math.exp(-(1.5 * a - 0.5 * b - 1)));
      learned = model.learn(learned, Map.of("a", a, "b", b), random.nextDouble() < probability);
    }
    Map<String, Double> weights = model.weights(learned);
    assertThat(weights.get("a")).isCloseTo(1.5, within(0.15));
    assertThat(weights.get("b")).isCloseTo(-0.5, within(0.15));
    assertThat(weights.get("bias")).isCloseTo(-1, within(0.15));
    assertThat(learned.examples()).isEqualTo(40_000);
  }

  @Test
  void isNotThrownOffByFeaturesThatAreNoNumbers() {
    FtrlProximal.Learned learned =
        FtrlProximal.DEFAULT.learn(
            FtrlProximal.Learned.NOTHING, Map.of("x", Double.NaN, "y", Double.POSITIVE_INFINITY, "z", 1e300), true);
    assertThat(FtrlProximal.DEFAULT.weights(learned)).containsOnlyKeys("bias", "z");
    assertThat(FtrlProximal.DEFAULT.weights(learned).values()).allSatisfy(w -> assertThat(w).isFinite());
  }
}
