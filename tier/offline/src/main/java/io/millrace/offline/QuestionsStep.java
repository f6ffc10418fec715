// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.corpus.HeldOut;
import io.millrace.corpus.QuestionMaker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Makes grounded questions out of the documents, held-out pages apart. */
final class QuestionsStep implements Step {

  static final String NAME = "questions";

  /** More than the trainers' budgets can use; reading them back costs less than a second. */
  private static final int TRAINING = 20_000;

  private static final int HELD_OUT = 500;

  private final OfflineSettings settings;

  QuestionsStep(OfflineSettings settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String kind() {
    return "questions";
  }

  @Override
  public String purpose() {
    return "make questions with answers out of the documents";
  }

  @Override
  public int revision() {
    return 2;
  }

  @Override
  public List<String> needs() {
    return List.of(CorpusStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    return TrainingCorpus.settings(settings, new TreeMap<>(Map.of(
        "heldOutPercent", Integer.toString(settings.pack().budgets().heldOutPercent()),
        "languages", String.join(" ", settings.pack().languages()),
        "training", Integer.toString(TRAINING),
        "heldOut", Integer.toString(HELD_OUT))));
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress) throws IOException {
    TrainingCorpus corpus = TrainingCorpus.read(StepFiles.of(inputs, CorpusStep.NAME), settings);
    List<Document> documents = corpus.documents();
    HeldOut heldOut = new HeldOut(settings.pack().budgets().heldOutPercent());
    Map<String, Double> scores = new HashMap<>();
    List<String> notes = new ArrayList<>(corpus.notes());
    int done = 0;
    for (Language language : Language.values()) {
      progress.check();
      QuestionMaker maker = new QuestionMaker(language);
      Questions questions =
          new Questions(
              maker.make(documents, id -> !heldOut.contains(id), TRAINING),
              maker.make(documents, heldOut::contains, HELD_OUT));
      questions.write(output, language);
      scores.put("training-" + language.code(), (double) questions.training().size());
      scores.put("heldOut-" + language.code(), (double) questions.heldOut().size());
      if (settings.pack().languages().contains(language.code()) && questions.training().isEmpty()) {
        notes.add(
            "no questions could be made in " + language.code() + ": none of its "
                + documents.stream().filter(document -> document.language() == language).count()
                + " documents states what can be asked for, so models that need questions are left out");
      }
      progress.update(++done, Language.values().length, "languages");
    }
    return new Product(scores, notes);
  }

  @Override
  public String describe(ArtifactVersion version) {
    double all = version.scores().values().stream().mapToDouble(Double::doubleValue).sum();
    return String.format(Locale.ROOT, "%,d questions", (long) all);
  }
}
