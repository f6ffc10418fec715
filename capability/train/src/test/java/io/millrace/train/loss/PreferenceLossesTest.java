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

class PreferenceLossesTest {
  private static final double[] CHOSEN = {1.2, -0.7, 3.0, -40};
  private static final double[] REJECTED = {0.4, 0.9, -2.0, 60};

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void rewardPairsFollowBradleyAndTerry() {
    double expected = 0;
    for (int i = 0; i < 4; i++) {
      double margin = CHOSEN[i] - REJECTED[i];
      double sum = CHOSEN[i] + REJECTED[i];
      // -log σ(m) = log(1 + e^-m), which for m = -100 is 100 and must not overflow.
      expected += (Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin))) + 0.01 * sum * sum) / 4;
    }
    try (Scope scope = Scope.open()) {
      double loss = new BradleyTerryLoss(0.01).of(Tensors.of(CHOSEN, 4), Tensors.of(REJECTED, 4)).item_double();
      assertThat(loss).isCloseTo(expected, within(1e-12));
    }
    FiniteDifferences.check(x -> new BradleyTerryLoss(0.01).of(x.get(0), x.get(1)),
        new Input(new double[] {1.2, -0.7}, 2), new Input(new double[] {0.4, 0.9}, 2));
  }

  @Test
  void dpoFollowsThePaperAndItsSmoothedVariant() {
    for (double smoothing : new double[] {0, 0.1}) {
      DpoLoss loss = new DpoLoss(0.3, smoothing);
      double expected = 0;
      for (int i = 0; i < 3; i++) {
        double margin = 0.3 * (CHOSEN[i] - REJECTED[i]);
        expected -= ((1 - smoothing) * Math.log(sigmoid(margin)) + smoothing * Math.log(sigmoid(-margin))) / 3;
      }
      double[] chosen = java.util.Arrays.copyOf(CHOSEN, 3);
      double[] rejected = java.util.Arrays.copyOf(REJECTED, 3);
      try (Scope scope = Scope.open()) {
        assertThat(loss.of(Tensors.of(chosen, 3), Tensors.of(rejected, 3)).item_double())
            .isCloseTo(expected, within(1e-12));
      }
      FiniteDifferences.check(x -> loss.of(x.get(0), x.get(1)), new Input(chosen, 3), new Input(rejected, 3));
    }
  }

  @Test
  void dpoOfAnUnchangedPolicyIsLogTwoAndItsGradientIsHalfBeta() {
    try (Scope scope = Scope.open()) {
      Tensor chosen = Tensors.of(new double[] {0}, 1).requires_grad_(true);
      Tensor loss = new DpoLoss(0.1, 0).of(chosen, Tensors.of(new double[] {0}, 1));
      loss.backward();
      assertThat(loss.item_double()).isCloseTo(Math.log(2), within(1e-15));
      // Equation below (7) of the paper: the weight of a pair that the policy does not rank yet is σ(0) = 1/2.
      assertThat(Tensors.doubles(chosen.grad())[0]).isCloseTo(-0.05, within(1e-15));
    }
  }

  @Test
  void ktoPullsGoodAnswersUpAndPushesBadOnesDownFromTheReferencePoint() {
    KtoLoss kto = new KtoLoss(0.2, 1.5, 0.8);
    double[] ratio = {0.5, -1.0, 2.0};
    double[] good = {1, 0, 0};
    try (Scope scope = Scope.open()) {
      Tensor point = kto.referencePoint(Tensors.of(new double[] {0.9, -0.3}, 2));
      assertThat(point.item_double()).isCloseTo(0.3, within(1e-12));
      assertThat(kto.referencePoint(Tensors.of(new double[] {-0.9, 0.3}, 2)).item_double()).isZero();
      double expected = (1.5 * (1 - sigmoid(0.2 * (0.5 - 0.3)))
          + 0.8 * (1 - sigmoid(0.2 * (0.3 + 1.0))) + 0.8 * (1 - sigmoid(0.2 * (0.3 - 2.0)))) / 3;
      assertThat(kto.of(Tensors.of(ratio, 3), Tensors.of(good, 3), point).item_double())
          .isCloseTo(expected, within(1e-12));

      Tensor leaf = Tensors.of(ratio, 3).requires_grad_(true);
      kto.of(leaf, Tensors.of(good, 3), point).backward();
      double[] gradient = Tensors.doubles(leaf.grad());
      assertThat(gradient[0]).isNegative();
      assertThat(gradient[1]).isPositive();
      assertThat(gradient[2]).isPositive();
    }
    FiniteDifferences.check(
        x -> kto.of(x.getFirst(), Tensors.of(good, 3), Tensors.of(new double[] {0.3}, 1)), new Input(ratio, 3));
  }

  @Test
  void theReferencePointCarriesNoGradient() {
    try (Scope scope = Scope.open()) {
      Tensor mismatched = Tensors.of(new double[] {0.9}, 1).requires_grad_(true);
      assertThat(new KtoLoss(0.1, 1, 1).referencePoint(mismatched).requires_grad()).isFalse();
    }
  }

  @Test
  void refusesConstantsThatMakeNoSense() {
    assertThatThrownBy(() -> new DpoLoss(0, 0)).hasMessageContaining("beta 0.0");
    assertThatThrownBy(() -> new DpoLoss(0.1, 0.5)).hasMessageContaining("labelSmoothing 0.5");
    assertThatThrownBy(() -> new KtoLoss(0.1, 0, 0)).hasMessageContaining("nor both 0");
    assertThatThrownBy(() -> new BradleyTerryLoss(-1)).hasMessageContaining("centring -1.0");
  }
}
