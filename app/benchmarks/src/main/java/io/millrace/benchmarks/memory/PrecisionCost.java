// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Embedder;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * What embeddings of fewer bits cost, in two ways. As the product does it with so little: every embedding is looked at, exact ones
 * judge, and little can be lost. And as it does it with a million passages: a graph is walked, here by searches that keep as little in
 * sight as they can and look for ten, since a walk that sees half of a small collection misses nothing either; what it costs shows
 * by meaning alone and in the whole.
 */
final class PrecisionCost {
  private static final int WANTED = 10;
  private static final List<VectorPrecision> FEWER = List.of(VectorPrecision.INT8, VectorPrecision.INT4, VectorPrecision.BIT);

  private final TestCollection collection;
  private final Path place;
  private final Embedder embedder;
  private final BenchRun run;

  /**
   * Prepares to measure.
   *
   * @param place of the usual index; others lie beside it
   */
  PrecisionCost(TestCollection collection, Path place, Embedder embedder, BenchRun run) {
    this.collection = collection;
    this.place = place;
    this.embedder = embedder;
    this.run = run;
  }

  void measure() throws IOException {
    double exact = scanned(VectorPrecision.FLOAT);
    for (VectorPrecision precision : FEWER) {
      run.add(Row.against(collection.name(), "nDCG@10, embeddings as " + precision.text(), scanned(precision), "", "float", exact));
    }
    measureWalks();
  }

  private void measureWalks() throws IOException {
    SearchSettings whole = narrow(SearchSettings.DEFAULT);
    SearchSettings meaning = whole.with(ranking -> ranking.withDenseShare(1).alone());
    Path usual = place(VectorPrecision.FLOAT, "");
    double exactMeaning;
    double exactWhole;
    try (PassageIndex index = scanning(usual, meaning, VectorPrecision.FLOAT)) {
      exactMeaning = MemoryBench.ndcg(collection, index, WANTED);
    }
    try (PassageIndex index = scanning(usual, whole, VectorPrecision.FLOAT)) {
      exactWhole = MemoryBench.ndcg(collection, index, WANTED);
    }
    for (VectorPrecision precision : VectorPrecision.values()) {
      Path own = place(precision, "-graph");
      try (PassageIndex index = PassageIndex.withGraphs(own, Map.of(collection.language(), embedder), meaning, precision)) {
        List<String> documents = List.copyOf(collection.documents().keySet());
        PersistentIndex.fill(index, documents, MemoryBench.passages(collection), Map.of(collection.language(), embedder), run::say);
        index.refresh();
        run.add(Row.alone(collection.name(), "graph of " + precision.text() + " embeddings", index.vectorBytes().graph() / 1e3, "kB"));
        double walked = MemoryBench.ndcg(collection, index, WANTED);
        run.add(Row.against(collection.name(), "nDCG@10 by meaning, " + precision.text() + " walked", walked, "", "every float", exactMeaning));
      }
      try (PassageIndex index = PassageIndex.withGraphs(own, Map.of(collection.language(), embedder), whole, precision)) {
        double walked = MemoryBench.ndcg(collection, index, WANTED);
        run.add(Row.against(collection.name(), "nDCG@10, " + precision.text() + " walked", walked, "", "every float", exactWhole));
      }
    }
  }

  /** Retrievers propose as few as a search for ten allows. */
  private static SearchSettings narrow(SearchSettings usual) {
    return new SearchSettings(
        usual.english(), usual.chinese(), usual.headingWeight(), usual.pathWeight(), usual.nameWeight(), WANTED, usual.perDocument(),
        usual.repeatFrom());
  }

  private double scanned(VectorPrecision precision) throws IOException {
    Path own = place(precision, "");
    MemoryBench.index(collection, own, precision, embedder, run);
    try (PassageIndex index = scanning(own, SearchSettings.DEFAULT, precision)) {
      return MemoryBench.scores(collection, index).ndcg();
    }
  }

  private PassageIndex scanning(Path own, SearchSettings settings, VectorPrecision precision) {
    return new PassageIndex(own, Map.of(collection.language(), embedder), settings, precision, InstantSource.system());
  }

  /** An index holds its embeddings in one precision; the usual one has its place already. */
  private Path place(VectorPrecision precision, String kind) {
    return precision == MemoryBudget.NONE.vectors() && kind.isEmpty()
        ? place
        : place.resolveSibling(place.getFileName() + "-" + precision.text() + kind);
  }
}
