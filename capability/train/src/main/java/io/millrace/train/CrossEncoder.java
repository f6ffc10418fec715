// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.encoder.CrossEncoderSettings;
import io.millrace.model.encoder.PairLayout;
import io.millrace.tensor.DType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Says how relevant texts are to a query by reading both together (Nogueira and Cho 2019): slower and better than cosines. */
public final class CrossEncoder implements AutoCloseable {
  private final SequenceClassifier model;
  private final EncoderTokenizer tokenizer;
  private final PairLayout layout;

  private CrossEncoder(SequenceClassifier model, EncoderTokenizer tokenizer, PairLayout layout) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.layout = layout;
  }

  /** Reads a folder that {@link CrossEncoderTraining} wrote. */
  public static CrossEncoder load(Path folder, DType precision) throws IOException {
    CrossEncoderSettings settings = CrossEncoderSettings.read(folder);
    try (SequenceClassifier stored = SequenceClassifier.load(folder)) {
      EncoderTokenizer tokenizer =
          new EncoderTokenizer(new EncoderBase.Folder(folder).tokenizer(), settings.maxLength());
      tokenizer.checkFits(stored.config());
      return new CrossEncoder(stored.as(precision), tokenizer, settings.layout());
    }
  }

  /** The relevance of each text, as log-odds; only comparisons within one query are meant. */
  public double[] score(String query, List<String> texts) {
    return Arrays.stream(model.read(texts.stream().map(text -> tokenizer.pair(query, text, layout)).toList()))
        .mapToDouble(row -> row[0]).toArray();
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
