// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.guard.InjectionClassifier;
import io.millrace.guard.grounding.GroundingScorer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Trains the classifier that tells attacks from the questions that this domain's users ask, and the scorer that tells whether a
 * sentence is borne out.
 */
final class GuardStep implements Step {

  static final String NAME = "guard";

  private static final int HARMLESS_PER_LANGUAGE = 1_500;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String kind() {
    return "guard";
  }

  @Override
  public String purpose() {
    return "learn to tell attacks from questions, and sentences that the sources bear out from falsified ones";
  }

  @Override
  public int revision() {
    return 2;
  }

  @Override
  public List<String> needs() {
    return List.of(QuestionsStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    return Map.of(
        "harmless", Integer.toString(HARMLESS_PER_LANGUAGE),
        "classifier", InjectionClassifier.Settings.defaults().toString());
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress)
      throws IOException {
    List<QuestionAnswer> harmless = new ArrayList<>();
    for (Language language : Language.values()) {
      Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language).training().stream()
          .limit(HARMLESS_PER_LANGUAGE)
          .forEach(harmless::add);
    }
    progress.check();
    InjectionClassifier classifier =
        InjectionClassifier.train(harmless, InjectionClassifier.Settings.defaults());
    classifier.save(output);
    progress.check();
    GroundingScorer scorer = GroundingScorer.train(harmless, InjectionClassifier.Settings.defaults().seed());
    scorer.save(output);
    Map<String, Double> scores = new TreeMap<>(classifier.scores());
    scores.putAll(scorer.scores());
    return new Product(scores, List.of());
  }

  @Override
  public String describe(ArtifactVersion version) {
    return "classifier of attacks, scorer of sentences";
  }
}
