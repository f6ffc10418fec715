// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.loss.FiniteDifferences.Input;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PolicyLossesTest {
  private static final double[] SAMPLED = {-1.0, -2.0, -0.5, -3.0, -1.0};
  // Ratios: within, far above, far below, above, below; each with an advantage of either sign.
  private static final double[] NOW = {-0.95, -1.0, -1.5, -2.5, -2.0};
  private static final double[] ADVANTAGES = {1.0, 2.0, 1.5, -1.0, -0.5};
  private static final double[] WEIGHTS = {0.1, 0.2, 0.3, 0.2, 0.2};

  @Test
  void theClippedSurrogateFollowsItsDefinition() {
    PolicyLoss loss = new PolicyLoss(0.2, 0.3);
    double expected = 0;
    for (int i = 0; i < 5; i++) {
      double ratio = Math.exp(NOW[i] - SAMPLED[i]);
      double clipped = Math.clamp(ratio, 0.8, 1.3);
      expected -= WEIGHTS[i] * Math.min(ratio * ADVANTAGES[i], clipped * ADVANTAGES[i]);
    }
    try (Scope scope = Scope.open()) {
      Tensor now = Tensors.of(NOW, 5);
      Tensor sampled = Tensors.of(SAMPLED, 5);
      Tensor advantages = Tensors.of(ADVANTAGES, 5);
      Tensor weights = Tensors.of(WEIGHTS, 5);
      assertThat(loss.of(now, sampled, advantages, weights).item_double()).isCloseTo(expected, within(1e-12));
      // Only what went far in the direction that the advantage asked for stops counting: tokens 1 and 4.
      assertThat(loss.clippedShare(now, sampled, advantages, weights)).isCloseTo(0.4, within(1e-12));
      Tensor leaf = Tensors.of(NOW, 5).requires_grad_(true);
      loss.of(leaf, sampled, advantages, weights).backward();
      double[] gradient = Tensors.doubles(leaf.grad());
      assertThat(gradient[1]).isZero();
      assertThat(gradient[4]).isZero();
      assertThat(gradient[0]).isNegative();
      assertThat(gradient[2]).isNegative();
      assertThat(gradient[3]).isPositive();
    }
    FiniteDifferences.check(x -> loss.of(x.getFirst(), Tensors.of(SAMPLED, 5), Tensors.of(ADVANTAGES, 5),
        Tensors.of(WEIGHTS, 5)), new Input(NOW, 5));
  }

  @Test
  void theKlEstimatesHaveTheRightMeanUnderThePolicy() {
    double[] policy = {0.5, 0.3, 0.2};
    double[] reference = {0.2, 0.2, 0.6};
    double kl = 0;
    double[] logPolicy = new double[3];
    double[] logReference = new double[3];
    for (int i = 0; i < 3; i++) {
      kl += policy[i] * Math.log(policy[i] / reference[i]);
      logPolicy[i] = Math.log(policy[i]);
      logReference[i] = Math.log(reference[i]);
    }
    try (Scope scope = Scope.open()) {
      Tensor p = Tensors.of(logPolicy, 3);
      Tensor r = Tensors.of(logReference, 3);
      double[] k1 = Tensors.doubles(KlEstimate.k1(p, r));
      double[] k3 = Tensors.doubles(KlEstimate.k3(p, r));
      double mean1 = 0;
      double mean3 = 0;
      for (int i = 0; i < 3; i++) {
        mean1 += policy[i] * k1[i];
        mean3 += policy[i] * k3[i];
      }
      assertThat(mean1).isCloseTo(kl, within(1e-12));
      assertThat(mean3).isCloseTo(kl, within(1e-12));
      assertThat(java.util.Arrays.stream(k3).min().getAsDouble()).isNotNegative();
      assertThat(Tensors.doubles(KlEstimate.k3(p, p))).containsOnly(0);
    }
    FiniteDifferences.check(x -> KlEstimate.k3(x.getFirst(), Tensors.of(logReference, 3)).sum(), new Input(logPolicy, 3));
  }

  @Test
  void valuesAreClippedAroundWhatWasPredictedAtSampling() {
    double[] values = {0.5, 3.0, -2.0};
    double[] sampled = {0.4, 1.0, 0.0};
    double[] returns = {1.0, 2.9, -1.0};
    double[] weights = {0.5, 0.25, 0.25};
    double expected = 0;
    for (int i = 0; i < 3; i++) {
      double near = Math.clamp(values[i], sampled[i] - 0.2, sampled[i] + 0.2);
      expected += 0.5 * weights[i]
          * Math.max(Math.pow(values[i] - returns[i], 2), Math.pow(near - returns[i], 2));
    }
    ValueLoss loss = new ValueLoss(0.2);
    try (Scope scope = Scope.open()) {
      assertThat(loss.of(Tensors.of(values, 3), Tensors.of(sampled, 3), Tensors.of(returns, 3), Tensors.of(weights, 3))
          .item_double()).isCloseTo(expected, within(1e-12));
    }
    FiniteDifferences.check(x -> loss.of(x.getFirst(), Tensors.of(sampled, 3), Tensors.of(returns, 3),
        Tensors.of(weights, 3)), new Input(values, 3));
  }

  @Test
  void groupAdvantagesDoNotDependOnTheScaleOfRewards() {
    double[] advantages = Advantages.ofGroup(new double[] {1, 0, 0, 1, 0}, true);
    double deviation = Math.sqrt((2 * 0.36 + 3 * 0.16) / 4);
    assertThat(advantages).usingComparatorWithPrecision(1e-3)
        .containsExactly(0.6 / deviation, -0.4 / deviation, -0.4 / deviation, 0.6 / deviation, -0.4 / deviation);
    assertThat(Advantages.ofGroup(new double[] {70, 30, 30, 70, 30}, true))
        .usingComparatorWithPrecision(1e-3).containsExactly(advantages);
    assertThat(Advantages.ofGroup(new double[] {3, 1}, false)).containsExactly(1, -1);
    assertThat(Advantages.ofGroup(new double[] {2, 2, 2}, true)).containsOnly(0);
    assertThat(Advantages.ofGroup(new double[] {5}, true)).containsExactly(0);
  }

  @Test
  void generalisedAdvantagesFollowTheSumOfTheirDefinition() {
    double[] rewards = {0.1, -0.2, 0, 1.5};
    double[] values = {0.3, 0.2, 0.8, 0.4};
    Advantages.Estimate estimate = Advantages.generalised(rewards, values, 0.9, 0.7);
    for (int t = 0; t < 4; t++) {
      double expected = 0;
      for (int l = 0; t + l < 4; l++) {
        double next = t + l + 1 < 4 ? values[t + l + 1] : 0;
        expected += Math.pow(0.9 * 0.7, l) * (rewards[t + l] + 0.9 * next - values[t + l]);
      }
      assertThat(estimate.advantages()[t]).isCloseTo(expected, within(1e-12));
      assertThat(estimate.returns()[t]).isCloseTo(expected + values[t], within(1e-12));
    }
    // With λ = 1 the returns are the discounted rewards to come, whatever the values were.
    assertThat(Advantages.generalised(rewards, values, 0.9, 1).returns()[0])
        .isCloseTo(0.1 - 0.2 * 0.9 + 1.5 * 0.729, within(1e-12));
  }

  @Test
  void answersOrTokensCountTheSame() {
    int[] lengths = {1, 4, 5};
    assertThat(TokenWeighting.ANSWERS.of(lengths, 10)).usingComparatorWithPrecision(1e-15)
        .containsExactly(1.0 / 3, 1.0 / 12, 1.0 / 15);
    assertThat(TokenWeighting.TOKENS.of(lengths, 10)).usingComparatorWithPrecision(1e-15).containsExactly(0.1, 0.1, 0.1);
    assertThat(TokenWeighting.LONGEST.of(lengths, 10)).usingComparatorWithPrecision(1e-15)
        .containsExactly(1.0 / 30, 1.0 / 30, 1.0 / 30);
    // Micro-batches of one answer and of two add up to what all three come to.
    for (TokenWeighting weighting : TokenWeighting.values()) {
      double all = weighting.items(lengths);
      assertThat(weighting.of(new int[] {1}, 10)[0] * weighting.items(new int[] {1}) / all)
          .isCloseTo(weighting.of(lengths, 10)[0], within(1e-15));
      assertThat(weighting.of(new int[] {4, 5}, 10)[1] * weighting.items(new int[] {4, 5}) / all)
          .isCloseTo(weighting.of(lengths, 10)[2], within(1e-15));
    }
    assertThatThrownBy(() -> TokenWeighting.TOKENS.of(new int[] {11}, 10)).hasMessageContaining("11 tokens");
  }

  @Test
  void theWeightOfTheDivergenceFollowsItsTarget() {
    KlControl control = new KlControl(0.1, 2, 0.5);
    assertThat(control.next(0.1, 2)).isEqualTo(0.1);
    assertThat(control.next(0.1, 2.2)).isCloseTo(0.105, within(1e-12));
    assertThat(control.next(0.1, 50)).isCloseTo(0.11, within(1e-12));
    assertThat(control.next(0.1, 0)).isCloseTo(0.09, within(1e-12));
    assertThat(KlControl.fixed(0.3).next(0.3, 50)).isEqualTo(0.3);
  }

  @Test
  void refusesConstantsThatMakeNoSense() {
    assertThatThrownBy(() -> new PolicyLoss(1, 0.2)).hasMessageContaining("clipLow 1.0");
    assertThatThrownBy(() -> new ValueLoss(0)).hasMessageContaining("clip 0.0");
    assertThatThrownBy(() -> Advantages.generalised(new double[1], new double[2], 1, 1)).hasMessageContaining("2 values");
    assertThatThrownBy(() -> Advantages.generalised(new double[1], new double[1], 2, 1)).hasMessageContaining("2.0");
  }
}
