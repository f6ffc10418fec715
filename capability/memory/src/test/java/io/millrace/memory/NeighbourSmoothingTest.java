// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.memory.Fusion.Fused;
import io.millrace.memory.NeighbourSmoothing.Placed;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class NeighbourSmoothingTest {
  private static final Ranking.Smoothing ONE = new Ranking.Smoothing(100, 1, 1);

  @Test
  void liftsWhatLiesBesideTheBestAboveWhatLiesAlone() {
    List<Fused> smoothed = NeighbourSmoothing.smooth(
        List.of(placed(0, 1.0, "a", 1, 0), placed(1, 0.6, "b", 0, 1), placed(2, 0.5, "c", 0.96f, 0.28f)), ONE);

    // c: half of .5 and half of a's 1; b: its nearest is c, so half of .6 and half of .5; a: half of 1 and half of c's .5.
    assertThat(smoothed).extracting(Fused::doc).containsExactly(0, 2, 1);
    assertThat(smoothed).extracting(Fused::score).satisfies(scores -> {
      assertThat(scores.get(0)).isCloseTo(0.75, within(1e-9));
      assertThat(scores.get(1)).isCloseTo(0.75, within(1e-9));
      assertThat(scores.get(2)).isCloseTo(0.55, within(1e-9));
    });
  }

  @Test
  void takesNothingFromPassagesOfTheSameDocumentOrWithoutVector() {
    List<Fused> smoothed = NeighbourSmoothing.smooth(
        List.of(placed(0, 1.0, "a", 1, 0), placed(1, 0.8, "a", 1, 0), new Placed(fused(2, 0.6), "b", new float[0])), ONE);

    assertThat(smoothed).extracting(Fused::score).containsExactly(1.0, 0.8, 0.6);
  }

  @Test
  void agreesWithTheTextbookSumAndExplainsItself() {
    SplittableRandom random = new SplittableRandom(7);
    List<Placed> placed = IntStream.range(0, 40)
        .mapToObj(i -> placed(i, random.nextDouble(), "d" + i / 2, random.nextFloat(), random.nextFloat(), random.nextFloat()))
        .sorted(Comparator.comparing(Placed::fused, Fusion.BEST_FIRST)).toList();
    Ranking.Smoothing smoothing = new Ranking.Smoothing(100, 4, 0.7);
    List<Fused> smoothed = NeighbourSmoothing.smooth(placed, smoothing);
    for (Fused each : smoothed) {
      Placed one = placed.stream().filter(p -> p.fused().doc() == each.doc()).findFirst().orElseThrow();
      List<Placed> others = new ArrayList<>(placed.stream().filter(p -> !p.document().equals(one.document())).toList());
      others.sort(Comparator.comparingDouble((Placed p) -> cosine(p, one)).reversed());
      double weights = others.stream().limit(4).mapToDouble(p -> cosine(p, one)).sum();
      double around = others.stream().limit(4).mapToDouble(p -> cosine(p, one) * p.fused().score()).sum() / weights;
      assertThat(each.score()).isCloseTo((one.fused().score() + 0.7 * around) / 1.7, within(1e-5));
      assertThat(each.evidence().stream().mapToDouble(e -> e.weight() * e.normalised()).sum()).isCloseTo(each.score(), within(1e-9));
    }
    assertThat(smoothed).isSortedAccordingTo(Fusion.BEST_FIRST);
  }

  private static double cosine(Placed one, Placed other) {
    double sum = 0;
    for (int i = 0; i < one.vector().length; i++) {
      sum += (double) one.vector()[i] * other.vector()[i];
    }
    return sum;
  }

  private static Placed placed(int doc, double score, String document, float... vector) {
    return new Placed(fused(doc, score), document, Vectors.toUnitLength(vector));
  }

  private static Fused fused(int doc, double score) {
    return new Fused(doc, doc, score, List.of(new Evidence("bm25", doc + 1, score, score, 1)));
  }
}
