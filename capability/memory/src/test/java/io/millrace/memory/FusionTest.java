// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.memory.Fusion.Candidate;
import io.millrace.memory.Fusion.Fused;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class FusionTest {

  @Test
  void whatNobodyWeighsChangesNoBitOfAScore() {
    SplittableRandom random = new SplittableRandom(2);
    for (int round = 0; round < 200; round++) {
      FusionWeights constants =
          new FusionWeights(random.nextDouble(), Map.of(EvidenceKind.NAME, random.nextDouble(), EvidenceKind.GRAPH, random.nextDouble()));
      List<Candidate> without = candidates(random);
      List<Candidate> with = without.stream()
          .map(each -> each.with(EvidenceKind.RECENCY, random.nextDouble()).with(EvidenceKind.USE, random.nextDouble())).toList();
      List<Fused> plain = Fusion.fuse(without, constants);
      List<Fused> known = Fusion.fuse(with, constants);

      assertThat(known).extracting(Fused::doc).isEqualTo(plain.stream().map(Fused::doc).toList());
      for (int i = 0; i < plain.size(); i++) {
        assertThat(known.get(i).score()).isEqualTo(plain.get(i).score()).isEqualTo(asBefore(without, constants, plain.get(i).doc()));
      }
    }
  }

  @Test
  void explanationsAddUpToTheScoreWithAllKindsOfEvidence() {
    SplittableRandom random = new SplittableRandom(4);
    FusionWeights weights = new FusionWeights(0.4, Map.of());
    for (EvidenceKind kind : EvidenceKind.BESIDE) {
      weights = weights.with(kind, 0.1 + random.nextDouble());
    }
    List<Candidate> candidates = candidates(random).stream()
        .map(each -> each.with(EvidenceKind.RECENCY, random.nextDouble()).with(EvidenceKind.USE, random.nextDouble())).toList();
    for (Fused each : Fusion.fuse(candidates, weights)) {
      assertThat(each.evidence().stream().mapToDouble(e -> e.weight() * e.normalised()).sum()).isCloseTo(each.score(), within(1e-12));
      assertThat(each.score()).isBetween(0.0, 1.0);
      assertThat(each.evidence()).extracting(Evidence::retriever).contains("recency", "use");
    }
  }

  @Test
  void anEvidenceThatNobodyHasTakesNothingFromTheOthers() {
    List<Candidate> candidates = candidates(new SplittableRandom(6));
    FusionWeights constants = new FusionWeights(0.5, Map.of());
    assertThat(Fusion.fuse(candidates, constants.with(EvidenceKind.USE, 0.7))).isEqualTo(Fusion.fuse(candidates, constants));
  }

  @Test
  void weightsSayWhatIsWrongWithThem() {
    FusionWeights weights = new FusionWeights(0.5, Map.of(EvidenceKind.USE, 0.25));
    assertThat(FusionWeights.ofCodes(weights.codes())).isEqualTo(weights);
    assertThatThrownBy(() -> FusionWeights.ofCodes(Map.of("dense", 0.5, "fame", 1.0))).hasMessageContaining("'fame'");
    assertThatThrownBy(() -> FusionWeights.ofCodes(Map.of("use", 0.5))).hasMessageContaining("'dense'");
    assertThatThrownBy(() -> FusionWeights.ofCodes(Map.of("dense", 1.5))).hasMessageContaining("1.5");
    assertThatThrownBy(() -> FusionWeights.ofCodes(Map.of("dense", 0.5, "use", -1.0))).hasMessageContaining("-1.0");
  }

  @Test
  void scalesHaveTheirHalvesAndGoBack() {
    assertThat(EvidenceKind.RECENCY.scaled(30)).isEqualTo(0.5);
    assertThat(EvidenceKind.RECENCY.scaled(-5)).isEqualTo(1);
    assertThat(EvidenceKind.USE.scaled(10)).isEqualTo(0.5);
    assertThat(EvidenceKind.USE.scaled(-3)).isZero();
    for (double raw : new double[] {0.5, 3, 40, 1_000}) {
      assertThat(EvidenceKind.RECENCY.raw(EvidenceKind.RECENCY.scaled(raw))).isCloseTo(raw, within(1e-6));
      assertThat(EvidenceKind.USE.raw(EvidenceKind.USE.scaled(raw))).isCloseTo(raw, within(1e-6));
    }
  }

  private static List<Candidate> candidates(SplittableRandom random) {
    List<Candidate> candidates = new ArrayList<>();
    boolean named = random.nextBoolean();
    boolean near = random.nextBoolean();
    for (int doc = 0; doc < 20; doc++) {
      Map<EvidenceKind, Double> beside = new EnumMap<>(EvidenceKind.class);
      beside.put(EvidenceKind.NAME, named && random.nextInt(3) == 0 ? random.nextDouble() : 0);
      beside.put(EvidenceKind.GRAPH, near && random.nextInt(3) == 0 ? random.nextDouble() : 0);
      double words = random.nextInt(4) == 0 ? 0 : 10 * random.nextDouble();
      double meaning = random.nextInt(4) == 0 ? Double.NaN : random.nextDouble();
      candidates.add(new Candidate(doc, random.nextLong(), words, meaning, beside));
    }
    return candidates;
  }

  /** The score as it was computed when there were words, meaning, names and the graph only, operation by operation. */
  private static double asBefore(List<Candidate> candidates, FusionWeights weights, int doc) {
    double graphWeight = weights.of(EvidenceKind.GRAPH);
    double nameWeight = weights.of(EvidenceKind.NAME);
    boolean near = graphWeight > 0 && candidates.stream().anyMatch(each -> each.of(EvidenceKind.GRAPH) > 0);
    double graphShare = near ? graphWeight / (1 + graphWeight) : 0;
    boolean named = nameWeight > 0 && candidates.stream().anyMatch(each -> each.of(EvidenceKind.NAME) > 0);
    double share = named ? (1 - graphShare) * nameWeight / (1 + nameWeight) : 0;
    Candidate c = candidates.get(doc);
    boolean judged = !Double.isNaN(c.dense());
    double weight = judged ? (1 - graphShare - share) * weights.denseShare() : 0;
    double score = 0;
    if (named && c.of(EvidenceKind.NAME) > 0) {
      score += share * c.of(EvidenceKind.NAME);
    }
    if (c.lexical() > 0) {
      double lowest = candidates.stream().mapToDouble(Candidate::lexical).min().orElse(0);
      double highest = candidates.stream().mapToDouble(Candidate::lexical).max().orElse(0);
      score += (1 - graphShare - share - weight) * ((c.lexical() - lowest) / (highest - lowest));
    }
    if (judged) {
      double lowest = candidates.stream().mapToDouble(Candidate::dense).filter(each -> !Double.isNaN(each)).min().orElse(0);
      double highest = candidates.stream().mapToDouble(Candidate::dense).filter(each -> !Double.isNaN(each)).max().orElse(0);
      score += weight * ((c.dense() - lowest) / (highest - lowest));
    }
    if (near && c.of(EvidenceKind.GRAPH) > 0) {
      score += graphShare * c.of(EvidenceKind.GRAPH);
    }
    return score;
  }
}
