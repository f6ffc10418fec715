// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Reader;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.Torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Points at the words of a passage that answer a question, with an encoder that {@link ReaderTraining} trained.
 *
 * <p>A span's score is the sum of its beginning's and its end's, less that of "no answer": the log-odds between the two
 * under the model, moved by the threshold that training chose. Safe for use by several threads.
 */
public final class SpanReader implements Reader {
  static final String TOKENIZER = "tokenizer.json";
  static final String SETTINGS = "reader.json";
  private static final int BATCH_TOKENS = 2048;

  /**
   * What a folder says beside the weights.
   *
   * @param name of the encoder it began as
   * @param language code
   * @param maxLength tokens of a window
   * @param maxAnswerTokens longest answer
   * @param threshold subtracted from every score
   */
  record Settings(String name, String language, int maxLength, int maxAnswerTokens, double threshold) {}

  private record Part(int passage, SpanTokenizer.Window window) {}

  private final SpanModel model;
  private final SpanTokenizer tokenizer;
  private final Settings settings;

  /** A reader that owns model and tokenizer. */
  SpanReader(SpanModel model, SpanTokenizer tokenizer, Settings settings) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.settings = settings;
  }

  /** Reads a folder that {@link ReaderTraining} wrote, to compute in the processor's fastest number format. */
  public static SpanReader load(Path folder) throws IOException {
    return load(folder, Torch.fastest());
  }

  /**
   * Reads a folder that {@link ReaderTraining} wrote.
   *
   * @throws IllegalArgumentException naming the tensor that does not fit
   */
  public static SpanReader load(Path folder, DType dtype) throws IOException {
    Settings settings = Json.read(Files.readAllBytes(folder.resolve(SETTINGS)), Settings.class);
    SpanTokenizer tokenizer =
        new SpanTokenizer(Files.readAllBytes(folder.resolve(TOKENIZER)), settings.maxLength);
    try (SpanModel stored = SpanModel.load(folder)) {
      return new SpanReader(stored.as(dtype), tokenizer, settings);
    } catch (Throwable t) {
      tokenizer.close();
      throw t;
    }
  }

  @Override
  public String model() {
    return settings.name;
  }

  @Override
  public Language language() {
    return Language.ofCode(settings.language);
  }

  @Override
  public List<Span> read(String question, List<String> passages) {
    return read(passages.stream().map(passage -> new Pair(question, passage)).toList());
  }

  private record Pair(String question, String passage) {}

  /** Reads each example's passage for its own question. */
  List<Span> readEach(List<SpanExample> examples) {
    return read(examples.stream().map(example -> new Pair(example.question(), example.passage())).toList());
  }

  private List<Span> read(List<Pair> pairs) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      int passage = i;
      Pair pair = pairs.get(i);
      tokenizer.windows(pair.question, pair.passage).forEach(window -> parts.add(new Part(passage, window)));
    }
    // Similar lengths together, so that little is computed for padding.
    parts.sort(Comparator.comparingInt(part -> part.window.tokens().length));
    Span[] best = new Span[pairs.size()];
    Arrays.fill(best, new Span(0, 0, Double.NEGATIVE_INFINITY));
    for (int from = 0; from < parts.size(); ) {
      int to = from + 1;
      while (to < parts.size() && (to + 1 - from) * parts.get(to).window.tokens().length <= BATCH_TOKENS) {
        to++;
      }
      score(parts.subList(from, to), best);
      from = to;
    }
    return List.of(best);
  }

  private void score(List<Part> parts, Span[] best) {
    SpanBatch batch = SpanBatch.of(parts.stream().map(Part::window).toList(), model.config().padId());
    float[] scores;
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      scores = Tensors.floats(model.scores(batch));
    }
    for (int row = 0; row < parts.size(); row++) {
      Part part = parts.get(row);
      Span span = best(part.window, scores, row * batch.length());
      if (span.score() > best[part.passage].score()) {
        best[part.passage] = span;
      }
    }
  }

  /** The best span of one window; {@code scores} holds beginning and end of each token from {@code offset} on. */
  private Span best(SpanTokenizer.Window window, float[] scores, int offset) {
    double none = scores[2 * offset] + scores[2 * offset + 1] + settings.threshold;
    Span best = new Span(0, 0, Double.NEGATIVE_INFINITY);
    int count = window.starts().length;
    int base = offset + window.first();
    for (int i = 0; i < count; i++) {
      double start = scores[2 * (base + i)] - none;
      for (int j = i; j < Math.min(count, i + settings.maxAnswerTokens); j++) {
        double score = start + scores[2 * (base + j) + 1];
        if (score > best.score() && window.ends()[j] > window.starts()[i]) {
          best = new Span(window.starts()[i], window.ends()[j], score);
        }
      }
    }
    return best;
  }

  @Override
  public void close() {
    model.close();
    tokenizer.close();
  }
}
