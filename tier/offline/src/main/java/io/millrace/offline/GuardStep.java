// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.guard.InjectionClassifier;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Trains the classifier that tells attacks from the questions that this domain's users ask. */
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
    return "learn to tell attacks from questions";
  }

  @Override
  public int revision() {
    return 1;
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
    return new Product(classifier.scores(), List.of());
  }

  @Override
  public String describe(ArtifactVersion version) {
    return "classifier of attacks";
  }
}
