// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.memory.TestCollection.Text;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class GrowthBenchTest {
  private static final List<String> THINGS = List.of("wheel", "sluice", "miller", "granary", "heron", "bridge", "millstone", "weir");

  @TempDir
  private Path folder;

  /** Half of the questions are asked first; the other half is about the same four pages, so these are worth keeping. */
  @Test
  void keepsWhatWasReadAndSaysWhatEachStepCosts() throws IOException {
    Map<String, Double> metrics = measure();
    assertThat(metrics).containsEntry("nDCG@10, 50 % by value, of the whole", 1.0).containsEntry("nDCG@10, near repeats merged", 1.0);
    assertThat(metrics.get("nDCG@10, 50 % by value")).isGreaterThan(1.1);
    assertThat(metrics.keySet()).contains("nDCG@10, embeddings as int8", "nDCG@10, embeddings as int4", "nDCG@10, embeddings as bit");
    assertThat(measure()).as("in what the first run left").isEqualTo(metrics);
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

  private static TestCollection mills() {
    Map<String, Text> documents = new LinkedHashMap<>();
    Map<String, String> queries = new LinkedHashMap<>();
    Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
    for (String thing : THINGS) {
      documents.put(thing, new Text("The " + thing, "What we know of the " + thing + " was written down in a book.", List.of()));
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
