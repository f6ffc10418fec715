// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.ShownHits;
import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class WeightFitTest {

  private static final FusionWeights NEW = Simulation.with(EvidenceKind.RECENCY, 0.6);

  @Test
  void derivativesAreThoseOfTheLoss() {
    SplittableRandom random = new SplittableRandom(5);
    List<Preference> preferences = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      JudgedList list = new JudgedList(Simulation.PURPOSE, Instant.EPOCH, "ann", List.of(anything(random), anything(random)), new BitSet());
      preferences.add(new Preference(list, 0, 1, random.nextDouble()));
    }
    WeightFit fit = new WeightFit(new HitScore(0.4), Simulation.CONSTANTS);
    double[] at = Arrays.copyOf(new double[] {0.3, 0, 0.6, 0.7, 0.4, 0.2}, HitScore.WEIGHTS + 100);
    at[HitScore.WEIGHTS + 1] = 0.4;
    double[] gradient = new double[at.length];
    fit.loss(preferences, at, 7, gradient);

    double step = 1e-6;
    for (int i = 0; i <= HitScore.WEIGHTS + 1; i++) {
      if (i != EvidenceKind.BM25.ordinal()) {
        double[] above = at.clone();
        double[] below = at.clone();
        above[i] += step;
        below[i] -= step;
        double[] unused = new double[at.length];
        double slope = (fit.loss(preferences, above, 7, unused) - fit.loss(preferences, below, 7, unused)) / (2 * step);
        assertThat(gradient[i]).as("%d", i).isCloseTo(slope, within(1e-4 * Math.max(1, Math.abs(slope))));
      }
    }
  }

  @Test
  void findsWhatAGridFinds() {
    Simulation simulation = new Simulation(1, Simulation.CONSTANTS);
    // Of the first two places only, so that there is one number of places to be found.
    List<Preference> preferences =
        Preferences.of(simulation.judged(simulation.searches(1_200, 300, Simulation.preferring(NEW)))).stream()
            .filter(each -> each.better() + each.worse() == 1).toList();
    WeightFit.Fitted fitted = new WeightFit(Simulation.SCORE, Simulation.CONSTANTS).fit(preferences);

    double best = Double.POSITIVE_INFINITY;
    double[] place = new double[3];
    for (double slope : new double[] {8, 12, 16, 24}) {
      for (double dense = 0.4; dense < 0.601; dense += 0.05) {
        for (double recency = 0.2; recency < 0.901; recency += 0.05) {
          for (double use = 0; use < 0.101; use += 0.05) {
            for (double first = -0.4; first < 1.3; first += 0.2) {
              double loss = textbook(preferences, slope, dense, recency, use, first);
              if (loss < best) {
                best = loss;
                place = new double[] {dense, recency, use};
              }
            }
          }
        }
      }
    }
    FusionWeights found = fitted.weights();
    assertThat(fitted.loss()).isCloseTo(
        textbook(preferences, fitted.slope(), found.denseShare(), found.of(EvidenceKind.RECENCY), found.of(EvidenceKind.USE),
            fitted.places()[1]), within(1e-6));
    assertThat(fitted.loss()).isLessThanOrEqualTo(best);
    assertThat(found.denseShare()).isCloseTo(place[0], within(0.06));
    assertThat(found.of(EvidenceKind.RECENCY)).isCloseTo(place[1], within(0.06));
    assertThat(found.of(EvidenceKind.USE)).isCloseTo(place[2], within(0.06));
  }

  /** The loss as one would write it down: shares of a whole, a logistic for each pair, squares for the rest. */
  private static double textbook(List<Preference> preferences, double slope, double dense, double recency, double use, double first) {
    double useShare = use / (1 + use);
    double recencyShare = (1 - useShare) * recency / (1 + recency);
    double rest = 1 - useShare - recencyShare;
    double loss = 0;
    for (Preference each : preferences) {
      double[] a = each.list().evidence(each.better());
      double[] b = each.list().evidence(each.worse());
      double ahead = 0;
      for (int sign : new int[] {1, -1}) {
        double[] x = sign > 0 ? a : b;
        ahead += sign * (rest * ((1 - dense) * of(x, EvidenceKind.BM25) + dense * of(x, EvidenceKind.DENSE))
            + recencyShare * of(x, EvidenceKind.RECENCY) + useShare * of(x, EvidenceKind.USE));
      }
      loss -= each.weight() * Math.log(1 / (1 + Math.exp(-slope * ahead - (each.better() == 0 ? first : -first))));
    }
    return loss + first * first / 2 + (Math.pow(dense - 0.5, 2) + recency * recency + use * use) / (2 * 0.01);
  }

  private static double of(double[] evidence, EvidenceKind kind) {
    return evidence[kind.ordinal()];
  }

  @Test
  void aFewPreferencesChangeLittleAndManyMuch() {
    assertThat(learned(10).of(EvidenceKind.RECENCY)).isLessThan(0.25);
    assertThat(learned(1_000).of(EvidenceKind.RECENCY)).isBetween(0.45, 0.75);
    assertThat(learned(1_000)).isEqualTo(learned(1_000));
  }

  @Test
  void whatNobodyGatheredStaysWhatItWas() {
    FusionWeights learned = learned(500);
    assertThat(learned.of(EvidenceKind.GRAPH)).isCloseTo(Simulation.CONSTANTS.of(EvidenceKind.GRAPH), within(1e-9));
    assertThat(learned.of(EvidenceKind.NAME)).isCloseTo(Simulation.CONSTANTS.of(EvidenceKind.NAME), within(1e-9));
  }

  @Test
  void noiseLeavesWeightsAboutWhereTheyWere() {
    Simulation simulation = new Simulation(8, Simulation.CONSTANTS);
    List<Preference> preferences = Preferences.of(simulation.judged(simulation.searches(1_500, 80, Simulation.atRandom())));
    FusionWeights learned = new WeightFit(Simulation.SCORE, Simulation.CONSTANTS).fit(preferences).weights();

    assertThat(Preferences.weight(preferences)).isGreaterThan(1_000);
    assertThat(learned.of(EvidenceKind.RECENCY)).isLessThan(0.1);
    assertThat(learned.of(EvidenceKind.USE)).isLessThan(0.1);
    assertThat(learned.denseShare()).isCloseTo(Simulation.CONSTANTS.denseShare(), within(0.1));
  }

  private static FusionWeights learned(int searches) {
    Simulation simulation = new Simulation(1, Simulation.CONSTANTS);
    List<Preference> preferences = Preferences.of(simulation.judged(simulation.searches(searches, 40, Simulation.preferring(NEW))));
    return new WeightFit(Simulation.SCORE, Simulation.CONSTANTS).fit(preferences).weights();
  }

  private static ShownHits.Hit anything(SplittableRandom random) {
    Map<String, Double> evidence = new HashMap<>();
    for (EvidenceKind kind : EvidenceKind.values()) {
      if (random.nextInt(4) > 0) {
        evidence.put(kind.code(), random.nextDouble());
      }
    }
    if (random.nextBoolean()) {
      evidence.put("neighbours", random.nextDouble());
    }
    return new ShownHits.Hit("d" + random.nextInt(), evidence);
  }
}
