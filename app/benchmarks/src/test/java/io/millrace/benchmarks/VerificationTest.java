// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VerificationTest {
  @TempDir private Path folder;

  private List<Expectation> expectations(String... yaml) throws Exception {
    Path expected = Files.createDirectories(folder.resolve("expected"));
    for (int i = 0; i < yaml.length; i++) {
      Files.writeString(expected.resolve(i + ".yaml"), yaml[i]);
    }
    return Expectation.readAll(expected);
  }

  @Test
  void runsEachCommandOnceAndComparesValuesAndRatios() throws Exception {
    List<String> ran = new ArrayList<>();
    Verification verification = new Verification(folder, (bench, against, quick) -> {
      ran.add(bench + against + quick);
      return List.of(Row.against("a", "speed", 30, "x", "limit", 40));
    });
    List<Verification.Comparison> found = verification.of(expectations("""
        command: bench some --quick
        scores:
          - {case: a, metric: speed, expected: 29, tolerance: 1}
          - {case: a, metric: speed, field: RATIO, expected: 0.9, tolerance: 0.1}
        """, """
        command: bench some --quick
        scores:
          - {case: b, metric: speed, expected: 1, tolerance: 100}
        """, """
        command: bench some --against other
        scores:
          - {case: a, metric: speed, expected: 30, tolerance: 0}
        """));
    assertThat(ran).containsExactly("somenulltrue", "someotherfalse");
    assertThat(found).extracting(Verification.Comparison::verdict)
        .containsExactly(Verification.Verdict.HOLDS, Verification.Verdict.FAILS, Verification.Verdict.FAILS,
            Verification.Verdict.HOLDS);
    assertThat(found.get(1).toString()).contains("0.9000 ± 0.1000").contains("0.7500");
    assertThat(found.get(2).toString()).contains("no such row");
  }

  @Test
  void skipsVisiblyWhatNeedsADataSetThatIsNotHere() throws Exception {
    Verification verification = new Verification(folder.resolve("data"), (bench, against, quick) -> {
      throw new AssertionError("must not run");
    });
    List<Verification.Comparison> found = verification.of(expectations("""
        dataset: cranfield
        command: bench memory
        scores: [{case: cranfield, metric: nDCG@10, expected: 0.568, tolerance: 0.01}]
        """));
    assertThat(found.getFirst().verdict()).isEqualTo(Verification.Verdict.SKIPPED);
    assertThat(found.getFirst().toString()).contains("cranfield is not here");
  }

  @Test
  void refusesWhatItCouldNotRerun() {
    assertThatThrownBy(() -> expectations("command: rm -rf\nscores: [{case: a, metric: b, expected: 1, tolerance: 0}]"))
        .hasMessageContaining("0.yaml").hasMessageContaining("bench NAME");
    assertThatThrownBy(() -> expectations("command: bench a\nscores: []")).hasMessageContaining("no scores");
    assertThatThrownBy(() -> expectations("command: bench a\nscores: [{case: a, metric: b, expected: 1, tolerance: -1}]"))
        .hasMessageContaining("-1");
  }

  @Test
  void thePublishedExpectationsNameBenchesThatExist() throws Exception {
    Path published = Path.of("..", "..", "benchmarks", "expected");
    assertThat(Expectation.readAll(published))
        .allSatisfy(expectation -> {
          Bench bench = Benches.named(expectation.bench());
          if (expectation.against() != null) {
            assertThat(bench.peers()).contains(expectation.against());
          }
        });
  }
}
