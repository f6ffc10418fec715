// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.tensor.DType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Says how relevant texts are to a query by reading both together (Nogueira and Cho 2019): slower and better than cosines. */
public final class CrossEncoder implements AutoCloseable {
  static final String SETTINGS = "cross-encoder.json";

  /** What is kept beside the weights. */
  record Settings(String name, int maxLength) {}

  private final SequenceClassifier model;
  private final EncoderTokenizer tokenizer;

  private CrossEncoder(SequenceClassifier model, EncoderTokenizer tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
  }

  /** Reads a folder that {@link CrossEncoderTraining} wrote. */
  public static CrossEncoder load(Path folder, DType precision) throws IOException {
    Path file = folder.resolve(SETTINGS);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder + " has no " + SETTINGS + ": make a cross-encoder with 'millrace train cross-encoder'");
    }
    Settings settings = Json.read(Files.readAllBytes(file), Settings.class);
    try (SequenceClassifier stored = SequenceClassifier.load(folder)) {
      EncoderTokenizer tokenizer =
          new EncoderTokenizer(new EncoderBase.Folder(folder).tokenizer(), settings.maxLength);
      tokenizer.checkFits(stored.config());
      return new CrossEncoder(stored.as(precision), tokenizer);
    }
  }

  /** The relevance of each text, as log-odds; only comparisons within one query are meant. */
  public double[] score(String query, List<String> texts) {
    return java.util.Arrays.stream(model.read(texts.stream().map(text -> tokenizer.pair(query, text)).toList()))
        .mapToDouble(row -> row[0]).toArray();
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
