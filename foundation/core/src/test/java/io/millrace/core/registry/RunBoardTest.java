// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RunBoardTest {
  private static final Instant BEGIN = Instant.parse("2026-11-01T08:00:00Z");

  @TempDir private Path folder;

  private static RunBoard.Run run(String id, int minute, RunBoard.State state) {
    Instant at = BEGIN.plusSeconds(60L * minute);
    return new RunBoard.Run(id, "dpo", "my-model", "/somewhere/metrics.jsonl", state, at, at, 7, 100, 0.5, 30, null);
  }

  @Test
  void noticesAreRenewedAndListedLatestFirst() {
    RunBoard board = new RunBoard(folder);
    assertThat(board.runs()).isEmpty();
    board.put(run("a", 1, RunBoard.State.RUNNING));
    board.put(run("b", 2, RunBoard.State.RUNNING));
    board.put(run("a", 1, RunBoard.State.FINISHED));
    assertThat(new RunBoard(folder).runs())
        .containsExactly(run("b", 2, RunBoard.State.RUNNING), run("a", 1, RunBoard.State.FINISHED));
  }

  @Test
  void aRunThatSaysNothingAnyMoreHasDied() {
    assertThat(run("a", 0, RunBoard.State.RUNNING).silent(BEGIN.plusSeconds(30))).isFalse();
    assertThat(run("a", 0, RunBoard.State.RUNNING).silent(BEGIN.plusSeconds(600))).isTrue();
    assertThat(run("a", 0, RunBoard.State.STOPPED).silent(BEGIN.plusSeconds(600))).isFalse();
  }

  @Test
  void tornNoticesAndForeignNamesAreNoRuns() throws IOException {
    RunBoard board = new RunBoard(folder);
    board.put(run("a", 1, RunBoard.State.RUNNING));
    Files.writeString(folder.resolve(".runs/torn.json"), "{\"id\": \"to");
    assertThat(board.runs()).hasSize(1);
    assertThat(board.find("../a")).isEmpty();
    assertThatThrownBy(() -> board.put(run("../a", 1, RunBoard.State.RUNNING))).hasMessageContaining("'../a'");
  }

  @Test
  void onlyTheLatestStayAndTheRegistrySeesNoArtifactInThem() {
    RunBoard board = new RunBoard(folder);
    for (int i = 0; i < 60; i++) {
      board.put(run("run-" + i, i, RunBoard.State.FINISHED));
    }
    assertThat(board.runs()).hasSize(50);
    assertThat(board.runs().getFirst().id()).isEqualTo("run-59");
    assertThat(DirectoryArtifactRegistry.open(folder).names()).isEmpty();
  }
}
