// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.loss.FiniteDifferences.Input;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ContrastAndDivergenceTest {
  private static final List<Divergence> DIVERGENCES = List.of(
      Divergence.FORWARD, Divergence.REVERSE, Divergence.JENSEN_SHANNON, new Divergence.JensenShannon(0.1));

  private static double[] random(int count, long seed) {
    return new Random(seed).doubles(count, -2, 2).toArray();
  }

  private static double[] softmax(double[] logits, int from, int to, double temperature) {
    double[] p = new double[to - from];
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      p[i] = Math.exp(logits[from + i] / temperature);
      sum += p[i];
    }
    for (int i = 0; i < p.length; i++) {
      p[i] /= sum;
    }
    return p;
  }

  private static double kl(double[] p, double[] q) {
    double kl = 0;
    for (int i = 0; i < p.length; i++) {
      kl += p[i] * Math.log(p[i] / q[i]);
    }
    return kl;
  }

  @Test
  void divergencesFollowTheirDefinitions() {
    double[] student = random(10, 1);
    double[] teacher = random(10, 2);
    double temperature = 1.7;
    for (int row = 0; row < 2; row++) {
      double[] s = softmax(student, 5 * row, 5 * row + 5, temperature);
      double[] t = softmax(teacher, 5 * row, 5 * row + 5, temperature);
      double[] even = new double[5];
      double[] uneven = new double[5];
      for (int i = 0; i < 5; i++) {
        even[i] = (s[i] + t[i]) / 2;
        uneven[i] = 0.1 * t[i] + 0.9 * s[i];
      }
      double[] expected =
          {kl(t, s), kl(s, t), (kl(t, even) + kl(s, even)) / 2, 0.1 * kl(t, uneven) + 0.9 * kl(s, uneven)};
      try (Scope scope = Scope.open()) {
        for (int i = 0; i < DIVERGENCES.size(); i++) {
          double[] found = Tensors.doubles(
              DIVERGENCES.get(i).of(Tensors.of(student, 2, 5), Tensors.of(teacher, 2, 5), temperature));
          assertThat(found[row]).as("%s", DIVERGENCES.get(i))
              .isCloseTo(expected[i] * temperature * temperature, within(1e-12));
        }
      }
    }
    for (Divergence divergence : DIVERGENCES) {
      FiniteDifferences.check(
          x -> divergence.of(x.getFirst(), Tensors.of(teacher, 2, 5), temperature).mean(), new Input(student, 2, 5));
    }
  }

  @Test
  void theGeneralisedDivergenceTendsToTheForwardAndTheReverseOne() {
    try (Scope scope = Scope.open()) {
      Tensor student = Tensors.of(random(5, 1), 1, 5);
      Tensor teacher = Tensors.of(random(5, 2), 1, 5);
      double forward = Divergence.FORWARD.of(student, teacher, 1).item_double();
      double reverse = Divergence.REVERSE.of(student, teacher, 1).item_double();
      assertThat(new Divergence.JensenShannon(1e-6).of(student, teacher, 1).item_double() / 1e-6)
          .isCloseTo(forward, within(1e-4));
      assertThat(new Divergence.JensenShannon(1 - 1e-6).of(student, teacher, 1).item_double() / 1e-6)
          .isCloseTo(reverse, within(1e-4));
    }
    assertThatThrownBy(() -> new Divergence.JensenShannon(1)).hasMessageContaining("beta 1.0");
  }

  @Test
  void aStudentThatEqualsItsTeacherHasNothingToLearn() {
    try (Scope scope = Scope.open()) {
      for (Divergence divergence : DIVERGENCES) {
        double[] found = Tensors.doubles(divergence.of(Tensors.of(random(6, 3), 2, 3), Tensors.of(random(6, 3), 2, 3), 2));
        assertThat(found).usingComparatorWithPrecision(1e-14).containsExactly(0, 0);
      }
    }
    assertThatThrownBy(() -> Divergence.FORWARD.of(new Tensor(), new Tensor(), 0)).hasMessageContaining("temperature 0.0");
  }

  @Test
  void contrastIsTheCrossEntropyOfFindingOnesOwnPassage() {
    double[] queries = random(6, 4);
    double[] passages = random(8, 5);
    double expected = 0;
    double back = 0;
    double[][] scores = new double[3][4];
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 4; j++) {
        scores[i][j] = (queries[2 * i] * passages[2 * j] + queries[2 * i + 1] * passages[2 * j + 1]) / 0.5;
      }
    }
    scores[0][3] = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < 3; i++) {
      double sum = 0;
      double column = 0;
      for (int j = 0; j < 4; j++) {
        sum += Math.exp(scores[i][j]);
      }
      for (int j = 0; j < 3; j++) {
        column += Math.exp(scores[j][i]);
      }
      expected += (Math.log(sum) - scores[i][i]) / 3;
      back += (Math.log(column) - scores[i][i]) / 3;
    }
    try (Scope scope = Scope.open()) {
      double one = new InfoNceLoss(0.5, false)
          .of(Tensors.of(queries, 3, 2), Tensors.of(passages, 4, 2), banned()).item_double();
      double both = new InfoNceLoss(0.5, true)
          .of(Tensors.of(queries, 3, 2), Tensors.of(passages, 4, 2), banned()).item_double();
      assertThat(one).isCloseTo(expected, within(1e-12));
      assertThat(both).isCloseTo((expected + back) / 2, within(1e-12));
    }
    FiniteDifferences.check(x -> new InfoNceLoss(0.5, true).of(x.get(0), x.get(1), banned()),
        new Input(queries, 3, 2), new Input(passages, 4, 2));
  }

  private static Tensor banned() {
    long[] banned = new long[12];
    banned[3] = 1;
    return Tensors.of(banned, 3, 4).to(DType.BOOL.torch());
  }

  @Test
  void logProbabilitiesOfTokensSumOverTheirSequences() {
    double[] logits = random(20, 6);
    long[] labels = {1, 4, 0, 2};
    double[] expected = new double[4];
    for (int i = 0; i < 4; i++) {
      expected[i] = Math.log(softmax(logits, 5 * i, 5 * i + 5, 1)[(int) labels[i]]);
    }
    try (Scope scope = Scope.open()) {
      Tensor logProbs = TokenLogProbs.of(Tensors.of(logits, 4, 5), Tensors.of(labels, 4));
      assertThat(Tensors.doubles(logProbs)).usingComparatorWithPrecision(1e-12).containsExactly(expected);
      Tensor sums = TokenLogProbs.sums(logProbs, Tensors.of(new long[] {1, 0, 1, 2}, 4), 4);
      assertThat(Tensors.doubles(sums)).usingComparatorWithPrecision(1e-12)
          .containsExactly(expected[1], expected[0] + expected[2], expected[3], 0);
    }
    FiniteDifferences.check(x -> {
      Tensor sums = TokenLogProbs.sums(
          TokenLogProbs.of(x.getFirst(), Tensors.of(labels, 4)), Tensors.of(new long[] {1, 0, 1, 2}, 4), 3);
      return torch.sin(sums).sum();
    }, new Input(logits, 4, 5));
  }

  @Test
  void refusesConstantsThatMakeNoSense() {
    assertThatThrownBy(() -> new InfoNceLoss(0, false)).hasMessageContaining("temperature 0.0");
  }
}
