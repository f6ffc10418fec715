// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.WorkFolder;
import io.millrace.core.document.Language;
import io.millrace.model.encoder.PackedCrossEncoder;
import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;
import io.millrace.train.Budget;
import io.millrace.train.CrossEncoder;
import io.millrace.train.CrossEncoderTraining;
import io.millrace.train.HardNegatives;
import io.millrace.train.RunControl;
import io.millrace.train.data.RelevantPair;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code millrace bench reranker}: how long a re-ranker reads fifty candidates on one thread, texts and all, beside libtorch on one thread with
 * the same weights, in turn. What a re-ranker has learned does not change its time, so one is taken that has learned for a step; what it is worth
 * is measured by {@code bench questions}.
 */
public final class RerankerBench implements Bench {
  private static final int CANDIDATES = 50;
  private static final int QUESTIONS = 40;
  private static final int QUICK_QUESTIONS = 10;
  private static final double LIMIT_MS = 30;

  @Override
  public String name() {
    return "reranker";
  }

  @Override
  public String purpose() {
    return "How long a re-ranker of a domain reads fifty candidates on one thread, on the first collection of each language in the data folder";
  }

  @Override
  public void measure(BenchRun run) throws Exception {
    for (TestCollection collection : CollectionFormat.firstOfEachLanguage(run)) {
      measure(collection, run);
    }
  }

  static void measure(TestCollection collection, BenchRun run) throws Exception {
    List<String> documents =
        collection.documents().values().stream().map(text -> text.title() + "\n" + text.text()).filter(text -> !text.isBlank()).toList();
    List<String> questions =
        collection.queries().values().stream().limit(run.quick() ? QUICK_QUESTIONS : QUESTIONS).toList();
    Path folder = Files.createTempDirectory("millrace-reranker-");
    int threads = Torch.threads();
    try {
      Path model = model(collection.language(), documents, questions, folder);
      PackedCrossEncoder ours = PackedCrossEncoder.read(model);
      Torch.threads(1);
      try (CrossEncoder theirs = CrossEncoder.load(model, DType.F32)) {
        List<Double> own = new ArrayList<>();
        List<Double> peer = new ArrayList<>();
        double apart = 0;
        for (int q = 0; q < questions.size(); q++) {
          List<String> candidates = candidates(documents, q);
          long start = System.nanoTime();
          double[] scores = ours.scores(questions.get(q), candidates);
          long between = System.nanoTime();
          double[] expected = theirs.score(questions.get(q), candidates);
          own.add((between - start) / 1e6);
          peer.add((System.nanoTime() - between) / 1e6);
          for (int i = 0; i < scores.length; i++) {
            apart = Math.max(apart, Math.abs(scores[i] - expected[i]));
          }
        }
        String subject = collection.name();
        run.add(Row.against(subject, "time of 50 candidates", median(own), "ms", "libtorch", median(peer)));
        run.add(Row.against(subject, "time of 50 candidates, of what it may take", median(own), "ms", "limit", LIMIT_MS));
        run.add(Row.alone(subject, "largest difference of scores", apart, "log-odds"));
      }
    } finally {
      Torch.threads(threads);
      WorkFolder.delete(folder);
    }
  }

  private static List<String> candidates(List<String> documents, int question) {
    List<String> candidates = new ArrayList<>();
    for (int i = 0; i < CANDIDATES; i++) {
      candidates.add(documents.get((question * CANDIDATES + i) % documents.size()));
    }
    return candidates;
  }

  private static Path model(Language language, List<String> documents, List<String> questions, Path folder) throws IOException {
    CrossEncoderTraining.Settings settings = CrossEncoderTraining.Settings.small("bench", Budget.ofSteps(1));
    List<RelevantPair> pairs = new ArrayList<>();
    for (int i = 0; i < settings.batchSize(); i++) {
      pairs.add(new RelevantPair(questions.get(i), documents.get(i), documents.subList(i + 1, i + 1 + settings.negatives())));
    }
    Path model = folder.resolve("model");
    new CrossEncoderTraining(settings, RunControl.in(folder.resolve("work")))
        .run(settings.smallBase(language), pairs, HardNegatives.GIVEN, List.of(), model);
    return model;
  }

  private static double median(List<Double> values) {
    return Figures.median(values.stream().mapToDouble(value -> value).toArray());
  }
}
