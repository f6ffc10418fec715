// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ScoresTest {
  @Test
  void rankingsAreScoredAsByHand() {
    RankingScore.Tally tally = new RankingScore.Tally();
    // Relevant candidates at ranks 1 and 3: gains 1 and 1/2, best possible 1 and 1/log2(3).
    tally.add(new double[] {0.9, 0.1, 0.5, 0.7}, new boolean[] {true, false, true, false});
    // The only relevant one shares its score with another, and is taken to come second.
    tally.add(new double[] {0.4, 0.4, 0.1}, new boolean[] {true, false, false});
    RankingScore score = tally.score();
    assertThat(score.queries()).isEqualTo(2);
    assertThat(score.recallAt1()).isEqualTo(0.5);
    assertThat(score.mrr()).isEqualTo(0.75);
    double log3 = Math.log(3) / Math.log(2);
    assertThat(score.ndcgAt10()).isCloseTo((1.5 / (1 + 1 / log3) + 1 / log3) / 2, within(1e-12));
    RankingScore.Tally broken = new RankingScore.Tally();
    broken.add(new double[] {Double.NaN, 0.1, Double.NaN}, new boolean[] {true, false, false});
    assertThat(broken.score().mrr()).isEqualTo(1.0 / 3);
    assertThatThrownBy(() -> tally.add(new double[] {1}, new boolean[] {false})).hasMessageContaining("no relevant");
  }

  @Test
  void areasUnderTheCurveAreTheShareOfPairsInTheRightOrder() {
    Random random = new Random(4);
    double[][] scores = new double[40][2];
    int[] classes = new int[40];
    for (int i = 0; i < 40; i++) {
      classes[i] = random.nextInt(2);
      // Whole numbers, so that some are equal.
      scores[i] = new double[] {random.nextInt(5), random.nextInt(5) + classes[i]};
    }
    double right = 0;
    int pairs = 0;
    for (int i = 0; i < 40; i++) {
      for (int j = 0; j < 40; j++) {
        if (classes[i] == 1 && classes[j] == 0) {
          double difference = scores[i][1] - scores[i][0] - scores[j][1] + scores[j][0];
          right += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
          pairs++;
        }
      }
    }
    assertThat(ClassificationScore.of(scores, classes).auc()).isCloseTo(right / pairs, within(1e-12));
  }

  @Test
  void classificationsAreScoredAsByHand() {
    double[][] scores = {{2, 1, 0}, {2, 1, 0}, {0, 1, 2}, {0, 3, 2}};
    ClassificationScore score = ClassificationScore.of(scores, new int[] {0, 0, 1, 1});
    assertThat(score.accuracy()).isEqualTo(0.75);
    // Class 0: all right. Class 1: one of two found, nothing wrongly: precision 1, recall 1/2. Class 2 does not occur.
    assertThat(score.macroF1()).isCloseTo((1 + 2.0 / 3) / 2, within(1e-12));
    assertThat(score.majority()).isEqualTo(0.5);
  }

  @Test
  void lossesOfTheCrossEncoderAreTheTextbookOnes() {
    double[] scores = {1.5, -0.3, 0.2, -2, 0.7, 3};
    double[] wanted = {1, 0, 0, 0.5, 0.2, 0.3};
    try (Scope _ = Scope.open()) {
      double pointwise = 0;
      double listwise = 0;
      for (int row = 0; row < 2; row++) {
        double sum = 0;
        for (int i = 0; i < 3; i++) {
          double s = scores[row * 3 + i];
          double right = 1 / (1 + Math.exp(-s));
          double want = wanted[row * 3 + i];
          pointwise -= (want * Math.log(right) + (1 - want) * Math.log(1 - right)) / 6;
          sum += Math.exp(s);
        }
        for (int i = 0; i < 3; i++) {
          listwise -= wanted[row * 3 + i] * Math.log(Math.exp(scores[row * 3 + i]) / sum) / 2;
        }
      }
      assertThat(CrossEncoderTraining.Loss.POINTWISE.of(Tensors.of(scores, 2, 3), Tensors.of(wanted, 2, 3)).item_double())
          .isCloseTo(pointwise, within(1e-12));
      assertThat(CrossEncoderTraining.Loss.LISTWISE.of(Tensors.of(scores, 2, 3), Tensors.of(wanted, 2, 3)).item_double())
          .isCloseTo(listwise, within(1e-12));
    }
  }
}
