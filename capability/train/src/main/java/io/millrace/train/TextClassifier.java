// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.tensor.DType;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says which class a text belongs to. */
public final class TextClassifier implements AutoCloseable {
  static final String SETTINGS = "classifier.json";

  /** What is kept beside the weights. */
  record Settings(String name, int maxLength) {}

  private final SequenceClassifier model;
  private final EncoderTokenizer tokenizer;

  private TextClassifier(SequenceClassifier model, EncoderTokenizer tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
  }

  /** Reads a folder that {@link ClassifierTraining} wrote. */
  public static TextClassifier load(Path folder, DType precision) throws IOException {
    Path file = folder.resolve(SETTINGS);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder + " has no " + SETTINGS + ": make a classifier with 'millrace train classifier'");
    }
    Settings settings = Json.read(Files.readAllBytes(file), Settings.class);
    try (SequenceClassifier stored = SequenceClassifier.load(folder)) {
      EncoderTokenizer tokenizer =
          new EncoderTokenizer(new EncoderBase.Folder(folder).tokenizer(), settings.maxLength);
      tokenizer.checkFits(stored.config());
      return new TextClassifier(stored.as(precision), tokenizer);
    }
  }

  /**
   * The probability of each class.
   *
   * @param second the text that the first is seen in the light of; null for none
   */
  public Map<String, Double> classify(String text, @Nullable String second) {
    double[] scores =
        model.read(List.of(second == null ? tokenizer.text(text) : tokenizer.pair(text, second)))[0];
    double most = Arrays.stream(scores).max().orElse(0);
    double sum = Arrays.stream(scores).map(score -> Math.exp(score - most)).sum();
    Map<String, Double> probabilities = new LinkedHashMap<>();
    for (int i = 0; i < scores.length; i++) {
      probabilities.put(model.labels().get(i), Math.exp(scores[i] - most) / sum);
    }
    return probabilities;
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
