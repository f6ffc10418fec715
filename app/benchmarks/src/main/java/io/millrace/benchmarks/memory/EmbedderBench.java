// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.WorkFolder;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Embedder;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EncoderEmbedder;
import org.apache.lucene.util.VectorUtil;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code millrace bench embedder}: how fast documents and questions become vectors, beside ONNX Runtime with the same model and as many
 * threads, in turn; how far the vectors are from its ones; and how fast documents are in the memory, durably, beside Lucene with its
 * defaults and ONNX Runtime.
 */
public final class EmbedderBench implements Bench {
  private static final int DOCUMENTS = 200;
  private static final int QUICK_DOCUMENTS = 60;
  private static final int ROUNDS = 7;
  private static final int QUICK_ROUNDS = 3;
  private static final int INDEXING_ROUNDS = 3;
  private static final String PEER = "ONNX Runtime";

  /** A way to make vectors, or an index. */
  @FunctionalInterface
  private interface Way {
    void of(List<String> texts) throws Exception;
  }

  /** Medians, in seconds. */
  private record Times(double ours, double theirs) {}

  @Override
  public String name() {
    return "embedder";
  }

  @Override
  public String purpose() {
    return "how fast texts become vectors, and are in the memory, beside Lucene and ONNX Runtime, on the first collection of each language in the data folder";
  }

  @Override
  public void measure(BenchRun run) throws Exception {
    for (TestCollection collection : CollectionFormat.firstOfEachLanguage(run)) {
      measure(collection, run);
    }
  }

  static void measure(TestCollection collection, BenchRun run) throws Exception {
    Language language = collection.language();
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
    List<String> documents = collection.documents().values().stream().map(text -> text.title() + "\n" + text.text())
        .limit(run.quick() ? QUICK_DOCUMENTS : DOCUMENTS).toList();
    List<String> questions = collection.queries().values().stream().limit(documents.size()).toList();
    run.say("%s: %d documents, %d threads".formatted(collection.name(), documents.size(), threads));
    int rounds = run.quick() ? QUICK_ROUNDS : ROUNDS;
    try (EncoderEmbedder ours = new EncoderEmbedder(BgeModel.of(language), threads);
        OnnxRuntimeEmbedder theirs = new OnnxRuntimeEmbedder(language, threads)) {
      Way peer = theirs::embed;
      double cosine = least(ours.embedPassages(documents), Arrays.asList(theirs.embed(documents)));
      run.add(Row.against(collection.name(), "least cosine to the same vector", cosine, "", PEER, 1));
      Times whole = times(documents, ours::embedPassages, peer, rounds);
      run.add(Row.against(collection.name(), "documents a second", documents.size() / whole.ours, "1/s", PEER, documents.size() / whole.theirs));
      try (WorkFolder folder = WorkFolder.create("embedder")) {
        AtomicInteger next = new AtomicInteger();
        Times indexed =
            times(
                documents,
                texts -> remember(folder.path().resolve("memory-" + next.getAndIncrement()), language, texts, ours),
                texts -> PlainIndex.write(folder.path().resolve("plain-" + next.getAndIncrement()), language, texts, theirs.embed(texts)),
                INDEXING_ROUNDS);
        run.add(
            Row.against(
                collection.name(), "documents indexed a second", documents.size() / indexed.ours, "1/s", "Lucene and " + PEER,
                documents.size() / indexed.theirs));
      }
      List<Double> oursAlone = new ArrayList<>();
      List<Double> theirsAlone = new ArrayList<>();
      for (String question : questions) {
        Times one = times(List.of(question), ours::embedPassages, peer, 1);
        oursAlone.add(1_000 * one.ours);
        theirsAlone.add(1_000 * one.theirs);
      }
      run.add(Row.against(collection.name(), "time of a question", median(oursAlone), "ms", PEER, median(theirsAlone)));
    }
  }

  /** Makes an index of the product hold texts, each as a document. */
  private static void remember(Path place, Language language, List<String> texts, Embedder embedder) throws IOException {
    List<Passage> passages = new ArrayList<>();
    for (String text : texts) {
      String id = "text/" + passages.size();
      passages.add(new Passage(id + "#0", id, 0, "", List.of(), "", text, language, null, Set.of()));
    }
    PersistentIndex.fill(place, passages.stream().map(Passage::documentId).toList(), passages, Map.of(language, embedder), _ -> { });
  }

  /** Both in turn, so that what else the machine does falls on both. */
  private static Times times(List<String> texts, Way ours, Way theirs, int rounds) throws Exception {
    List<Double> first = new ArrayList<>();
    List<Double> second = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      first.add(seconds(ours, texts));
      second.add(seconds(theirs, texts));
    }
    return new Times(median(first), median(second));
  }

  private static double seconds(Way way, List<String> texts) throws Exception {
    long start = System.nanoTime();
    way.of(texts);
    return (System.nanoTime() - start) / 1e9;
  }

  private static double median(List<Double> values) {
    return Figures.median(values.stream().mapToDouble(value -> value).toArray());
  }

  private static double least(List<float[]> a, List<float[]> b) {
    double least = 1;
    for (int i = 0; i < a.size(); i++) {
      least = Math.min(least, VectorUtil.cosine(a.get(i), b.get(i)));
    }
    return least;
  }
}
