// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.QuestionAnswer;
import io.millrace.guard.BinaryScores;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Trains the weights of the traits. One document in ten is kept for the thresholds, one for measuring.
 */
final class GroundingTraining {

  /** With fewer sentences of either kind, weights that somebody wrote down are better ones. */
  private static final int FEWEST = 50;
  /** Share of the falsified sentences that may pass as supported, and of the true ones that may be called unsupported. */
  private static final double MISTAKES = 0.05;

  private GroundingTraining() {}

  private record Measured(Falsified example, double[] traits) {}

  static Optional<GroundingModel> train(List<QuestionAnswer> domain, long seed) {
    List<Measured> all =
        Falsified.of(domain, seed).stream()
            .flatMap(each -> GroundingScorer.compared(each.question(), each.sentence(), each.evidence())
                .map(comparison -> new Measured(each, comparison.traits())).stream())
            .toList();
    List<Measured> training = all.stream().filter(each -> part(each) > 1).toList();
    long positives = training.stream().filter(each -> each.example().truth()).count();
    if (Math.min(positives, training.size() - positives) < FEWEST) {
      return Optional.empty();
    }
    double[][] traits = training.stream().map(Measured::traits).toArray(double[][]::new);
    boolean[] labels = new boolean[traits.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = training.get(i).example().truth();
    }
    int[] signs = Arrays.stream(Trait.values()).mapToInt(Trait::sign).toArray();
    SignedLogistic fitted = SignedLogistic.fit(traits, labels, signs);

    double[] falsified = scores(fitted, all, 0, false);
    double[] genuine = scores(fitted, all, 0, true);
    double supported = falsified.length == 0 ? 0.5 : falsified[(int) ((1 - MISTAKES) * (falsified.length - 1))];
    double partly = genuine.length == 0 ? 0.5 : genuine[(int) (MISTAKES * (genuine.length - 1))];
    Map<Trait, Double> weights = new EnumMap<>(Trait.class);
    for (Trait trait : Trait.values()) {
      weights.put(trait, fitted.weights()[trait.ordinal()]);
    }
    Map<String, Double> measured = new TreeMap<>();
    measured.put("grounding-auc", BinaryScores.auc(scores(fitted, all, 1, true), scores(fitted, all, 1, false)));
    measured.put("grounding-sentences", (double) all.size());
    return Optional.of(
        new GroundingModel(weights, fitted.bias(), Math.max(supported, partly), Math.min(supported, partly), measured));
  }

  /** 0 for thresholds, 1 for measuring, more for training; a document is in one of them. */
  private static int part(Measured each) {
    return Math.floorMod(each.example().document().hashCode() * 0x9E3779B9, 10);
  }

  /** Returns the scores of one part, lowest first. */
  private static double[] scores(SignedLogistic model, List<Measured> all, int part, boolean truth) {
    return all.stream()
        .filter(each -> part(each) == part && each.example().truth() == truth)
        .mapToDouble(each -> model.probability(each.traits()))
        .sorted()
        .toArray();
  }
}
