// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.grounding;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.guard.grounding.GroundingScorer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ComparisonTest {

  private static final List<String> EVIDENCE = List.of("The weir raises the level by 2 metres.");

  private static Statement statement(String sentence, boolean truth) {
    return new Statement("", sentence, EVIDENCE, truth);
  }

  @Test
  void theBestLimitIsThatOfMostRightVerdicts() {
    List<Statement> statements = List.of(statement("a", true), statement("b", false), statement("c", true), statement("d", false));
    assertThat(Comparison.best(statements, new double[] {0.9, 0.5, 0.4, 0.1})).isEqualTo(0.75);
    assertThat(Comparison.auc(statements, new double[] {0.9, 0.5, 0.4, 0.1})).isEqualTo(0.75);
  }

  @Test
  void overlapCountsWordsAndPairsOfCharacters() {
    assertThat(Peer.overlap().score(statement("The weir sinks", true))).isEqualTo(2.0 / 3);
    assertThat(Peer.overlap().score(new Statement("", "打开闸门", List.of("闸门打开"), true))).isEqualTo(2.0 / 3);
    assertThat(Peer.overlap().score(statement("?", true))).isZero();
  }

  @Test
  void readsHaluEvalAndReportsBesidePeers(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(
        folder.resolve("qa_data.json"),
        """
        {"knowledge": "The weir raises the level by 2 metres.", "question": "How far?", "right_answer": "2 metres", "hallucinated_answer": "By 9 metres."}
        {"knowledge": "Anna built the mill.", "question": "Who?", "right_answer": "Anna", "hallucinated_answer": "The mill was built by Robert Weaver."}
        """);
    BenchRun run = new BenchRun(folder, true, null, line -> {});
    Comparison.measure("halueval", Statement.halueval(file, 10), GroundingScorer.untrained(), List.of(Peer.overlap(), Peer.brevity()), run);
    assertThat(run.rows()).extracting(Row::metric).contains("accuracy of the verdict", "AUC beside word overlap", "processor time a sentence");
    assertThat(run.rows()).filteredOn(row -> row.metric().startsWith("AUC")).allSatisfy(row -> assertThat(row.value()).isEqualTo(1));
  }
}
