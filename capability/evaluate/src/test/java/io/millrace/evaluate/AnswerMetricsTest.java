// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class AnswerMetricsTest {

  @Test
  void caseArticlesAndPunctuationDoNotCount() {
    assertThat(AnswerMetrics.exactMatch("The IndexWriter.", List.of("indexwriter"))).isEqualTo(1);
    assertThat(AnswerMetrics.exactMatch("an IndexReader", List.of("IndexWriter"))).isZero();
  }

  @Test
  void f1IsThatOfTheBestAcceptableAnswer() {
    // 2 shared tokens of 3 given and 4 wanted: 2 * 2 / 7.
    assertThat(AnswerMetrics.f1("returns number bytes", List.of("x", "number of bytes written")))
        .isCloseTo(4.0 / 7, within(1e-12));
    // A repeated word is shared once only: 2 * 1 / (2 + 1).
    assertThat(AnswerMetrics.f1("null null", List.of("null"))).isCloseTo(2.0 / 3, within(1e-12));
  }

  @Test
  void everyHanCharacterIsAToken() {
    assertThat(AnswerMetrics.tokens("返回List对象，共3个")).containsExactly("返", "回", "list", "对", "象", "共", "3", "个");
    // 3 shared of 4 and 3.
    assertThat(AnswerMetrics.f1("查询结果", List.of("询结果"))).isCloseTo(6.0 / 7, within(1e-12));
  }

  @Test
  void silenceIsRightOnlyWhereNothingAnswers() {
    assertThat(AnswerMetrics.f1("", List.of())).isEqualTo(1);
    assertThat(AnswerMetrics.f1("something", List.of())).isZero();
    assertThat(AnswerMetrics.f1("", List.of("something"))).isZero();
  }

  @Test
  void rankingsAgreeWithWorkedExamples() {
    Map<String, Integer> grades = Map.of("a", 3, "b", 2, "c", 1);
    // DCG: 3 / log2(2) at rank 1 (b), 7 / log2(4) at rank 3 (a); ideal: 7 + 3 / log2(3) + 1 / 2.
    double ideal = 7 + 3 / (Math.log(3) / Math.log(2)) + 0.5;
    assertThat(RankingMetrics.ndcg(List.of("b", "x", "a"), grades, 10)).isCloseTo(6.5 / ideal, within(1e-12));
    // Grades count for themselves: 2 of b, and 1 of a at the third rank.
    assertThat(RankingMetrics.ndcg(List.of("b", "x", "a"), Map.of("a", 1, "b", 2), 10, RankingMetrics.Gain.LINEAR))
        .isCloseTo((2 + 0.5) / (2 + 1 / (Math.log(3) / Math.log(2))), within(1e-12));
    assertThat(RankingMetrics.ndcg(List.of("a", "b", "c"), grades, 10)).isCloseTo(1, within(1e-12));
    assertThat(RankingMetrics.ndcg(List.of("a", "a", "a"), Map.of("a", 1), 10)).isCloseTo(1, within(1e-12));
    assertThat(RankingMetrics.recall(List.of("b", "x", "a"), Set.of("a", "b", "c"), 2)).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(RankingMetrics.reciprocalRank(List.of("x", "y", "a"), Set.of("a"))).isCloseTo(1.0 / 3, within(1e-12));
  }

  @Test
  void theIntervalOfACoinIsAsWideAsTheBinomialSays() {
    double[] coin = new double[400];
    for (int i = 0; i < coin.length; i += 2) {
      coin[i] = 1;
    }
    Bootstrap.Estimate estimate = Bootstrap.mean(coin, 3);
    double half = 1.96 * Math.sqrt(0.25 / coin.length);
    assertThat(estimate.mean()).isEqualTo(0.5);
    assertThat(estimate.low()).isCloseTo(0.5 - half, within(0.012));
    assertThat(estimate.high()).isCloseTo(0.5 + half, within(0.012));
    assertThat(Bootstrap.mean(coin, 3)).isEqualTo(estimate);
  }
}
