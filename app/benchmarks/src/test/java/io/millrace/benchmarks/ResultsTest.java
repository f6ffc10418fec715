// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ResultsTest {
  private static final List<Row> ROWS = List.of(
      Row.against("pretrain-1M", "flops", 300, "GFLOPS", "matmul", 400), Row.alone("pretrain-1M", "tokens", 12_345.6, "tokens/s"));

  @TempDir private Path folder;

  @Test
  void writesTheAgreedKeysAndTheCommandAndReadsThemBack() throws Exception {
    Path file = folder.resolve("new/results.json");
    ResultsFile.write(file, ROWS, "millrace bench training");
    JsonNode tree = Json.tree(Files.readAllBytes(file));
    assertThat(tree.get(0).propertyNames())
        .containsExactly("case", "metric", "value", "unit", "reference", "referenceValue", "ratio", "command");
    assertThat(tree.get(0).get("ratio").doubleValue()).isEqualTo(0.75);
    assertThat(tree.get(1).get("reference").isNull()).isTrue();
    assertThat(ResultsFile.read(file)).isEqualTo(ROWS);
  }

  @Test
  void printsATableWhoseColumnsAreAligned() {
    List<String> lines = ResultTable.of(ROWS).lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1).indexOf("flops")).isEqualTo(lines.getFirst().indexOf("metric"));
    assertThat(lines.get(2)).contains("12,346").contains("tokens/s");
  }

  @Test
  void theMedianOfSeveralIsTheMiddleOne() {
    assertThat(Figures.median(9, 1, 5)).isEqualTo(5);
    assertThat(Figures.median(9, 1, 5, 6)).isEqualTo(5.5);
    assertThatThrownBy(Figures::median).hasMessageContaining("no values");
  }

  @Test
  void everyBenchHasAWordAsItsNameAndAnUnknownOneIsToldTheNames() {
    assertThat(Benches.ALL).extracting(Bench::name).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-z-]+"));
    assertThatThrownBy(() -> Benches.named("speed")).hasMessageContaining("'speed'").hasMessageContaining("training");
  }
}
