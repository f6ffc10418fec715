// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.memory.TestCollection.Text;
import io.millrace.core.similarity.Shingles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class GrowthBenchTest {
  private static final List<String> THINGS = List.of("wheel", "sluice", "miller", "granary", "heron", "bridge", "millstone", "weir");

  @TempDir
  private Path folder;

  /** Half of the questions are asked first; the other half is about the same four pages, so these are worth keeping. */
  @Test
  void keepsWhatWasReadAndSaysWhatEachStepCosts() throws IOException {
    Map<String, Double> metrics = measure();
    assertThat(metrics).containsEntry("nDCG@10, 50 % by value, of the whole", 1.0).containsEntry("nDCG@10, repeats grouped where there are none", 1.0);
    assertThat(metrics.get("nDCG@10, 50 % by value")).isGreaterThan(1.1);
    assertThat(metrics.keySet()).contains("nDCG@10, embeddings as int8", "nDCG@10, embeddings as int4", "nDCG@10, embeddings as bit");
    assertThat(metrics.keySet()).contains("nDCG@10 by meaning, float walked", "nDCG@10, bit walked");
    assertThat(metrics.get("graph of int8 embeddings")).isPositive();
    assertThat(metrics).containsEntry("repeats put in", 2.0).containsEntry("passages in memory, repeats merged", 0.8);
    assertThat(metrics.get("embeddings and graph, estimated, repeats merged")).isBetween(0.7, 0.9);
    assertThat(metrics.get("nDCG@10, repeats merged in memory")).isGreaterThanOrEqualTo(1);
    assertThat(metrics).containsEntry("nDCG@10, after new versions", 1.0).containsEntry("earlier versions kept", 2.0)
        .containsEntry("old texts found by themselves, before", 2.0).containsEntry("old texts found by themselves, after new versions", 0.0);
    assertThat(metrics.get("nDCG@10, old versions")).isLessThan(1);
    assertThat(metrics.get("documents on disk, with history")).isGreaterThan(1);
    assertThat(metrics).containsEntry("of ten hits, those whose time has passed", 0.0);
    assertThat(metrics.get("of ten hits, those whose time will pass")).isPositive();
    assertThat(metrics.get("nDCG@10 of the others, after a fifth has expired")).isGreaterThanOrEqualTo(1);
    assertThat(scores(measure())).as("in what the first run left").isEqualTo(scores(metrics));
  }

  /** A few words of a text are replaced, and what is left repeats it. */
  @Test
  void copiesDifferInAFewWordsAndStillRepeatTheirOriginals() {
    Random random = new Random(1);
    String english = IntStream.range(0, 300).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    String chinese = "磨坊在河边，水轮转动，石磨碾碎谷物。".repeat(3) + IntStream.range(0x4e00, 0x4e00 + 300).mapToObj(Character::toString).collect(Collectors.joining());
    for (String text : List.of(english, chinese)) {
      String edited = RepeatCost.edited(text, random);
      assertThat(edited).isNotEqualTo(text);
      assertThat(Shingles.of(edited).jaccard(Shingles.of(text))).isBetween(0.9, 0.999);
    }
  }

  /** What does not depend on how files happen to lie. */
  private static Map<String, Double> scores(Map<String, Double> metrics) {
    Map<String, Double> scores = new LinkedHashMap<>(metrics);
    scores.keySet().removeIf(metric -> !metric.startsWith("nDCG"));
    return scores;
  }

  /** Ratios by metric. */
  private Map<String, Double> measure() throws IOException {
    BenchRun run = new BenchRun(folder, false, null, _ -> { });
    GrowthBench.measure(mills(), folder, run);
    Map<String, Double> ratios = new LinkedHashMap<>();
    for (Row row : run.rows()) {
      ratios.put(row.metric(), row.ratio() == null ? row.value() : row.ratio());
    }
    return ratios;
  }

  /** Enough words for near repeats. */
  private static String told(String thing) {
    return IntStream.range(0, 150).mapToObj(i -> thing.charAt(i % thing.length()) + "word" + i).collect(Collectors.joining(" "));
  }

  private static TestCollection mills() {
    Map<String, Text> documents = new LinkedHashMap<>();
    Map<String, String> queries = new LinkedHashMap<>();
    Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
    for (String thing : THINGS) {
      documents.put(thing, new Text("The " + thing, "What we know of the " + thing + " was written down in a book. " + told(thing), List.of()));
    }
    for (String thing : THINGS.subList(0, 4)) {
      for (String question : List.of("Where is the " + thing + "?", "How old is the " + thing + "?")) {
        queries.put(question, question);
        grades.put(question, Map.of(thing, 1));
      }
    }
    return new TestCollection("mills", documents, queries, grades);
  }
}
