// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.SamplingOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Beside the textbook: all tokens in order, one after another until there are enough. */
class CandidatesTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 300, 5_000, 40_000})
  void leavesWhatTheTextbookLeaves(int size) {
    Random random = new Random(size);
    for (int round = 0; round < 20; round++) {
      float[] p = probabilities(size, random);
      double sum = 0;
      for (float each : p) {
        sum += each;
      }
      int topK = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(random.nextBoolean() ? 50 : size + 5);
      double topP = random.nextInt(3) == 0 ? 1 : 0.02 + 0.97 * random.nextDouble();
      double minP = random.nextInt(3) == 0 ? random.nextDouble() * 0.5 : 0;
      SamplingOptions sampling = new SamplingOptions(1, topK, topP, minP, 1, 0, 0, Map.of(), OptionalLong.empty());
      Candidates candidates = Candidates.of(p, sum, sampling);
      List<Integer> expected = textbook(p, sum, sampling);
      assertThat(IntStream.of(candidates.tokens()).boxed()).as("%d %s", size, sampling).containsExactlyInAnyOrderElementsOf(expected);
      Set<Integer> left = new HashSet<>(expected);
      for (double at : new double[] {0, random.nextDouble(), random.nextDouble(), Math.nextDown(1.0)}) {
        assertThat(left).contains(candidates.draw(at));
      }
    }
  }

  /** The likeliest is 1; some are equal, and some are nothing. */
  private static float[] probabilities(int size, Random random) {
    double spread = random.nextDouble() * 8;
    float[] p = new float[size];
    float max = 0;
    for (int i = 0; i < size; i++) {
      double logit = random.nextGaussian() * spread;
      p[i] = random.nextInt(20) == 0 && size > 1 ? 0 : (float) Math.exp(random.nextInt(4) == 0 ? Math.rint(logit) : logit);
      max = Math.max(max, p[i]);
    }
    for (int i = 0; i < size; i++) {
      p[i] = max == 0 ? 1 : p[i] / max;
    }
    return p;
  }

  private static List<Integer> textbook(float[] p, double sum, SamplingOptions sampling) {
    List<Integer> order = IntStream.range(0, p.length).boxed().filter(t -> p[t] > 0 && p[t] >= (float) sampling.minP())
        .sorted(Comparator.comparingDouble((Integer t) -> -p[t]).thenComparingInt(t -> t)).toList();
    int n = 0;
    double mass = 0;
    while (n < order.size() && (sampling.topK() == 0 || n < sampling.topK()) && (sampling.topP() == 1 || mass < sampling.topP() * sum)) {
      mass += p[order.get(n++)];
    }
    return order.subList(0, n);
  }
}
