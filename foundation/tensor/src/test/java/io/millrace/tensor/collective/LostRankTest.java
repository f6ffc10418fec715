// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the others see when a rank goes. */
class LostRankTest {
  @Test
  @Timeout(30)
  void ranksThatWaitForOneThatLeftAreToldWhich() {
    List<String> seen = ThreadRanks.run(3, group -> {
      try (Scope _ = Scope.open()) {
        Tensor tensor = torch.ones(new long[] {100}, DType.F32.options());
        group.allReduce(tensor, Reduction.SUM);
        if (group.rank() == 1) {
          return "left";
        }
        assertThatThrownBy(() -> group.allReduce(tensor, Reduction.SUM))
            .isInstanceOf(RankLostException.class).hasMessageContaining("rank 1 of 3");
        return "told";
      }
    });
    assertThat(seen).containsExactly("told", "left", "told");
  }

  @Test
  @Timeout(30)
  void theFailureOfARankIsReportedBeforeWhatItDidToTheOthers() {
    assertThatThrownBy(() -> ThreadRanks.run(2, group -> {
      if (group.rank() == 1) {
        throw new IllegalArgumentException("no more disk");
      }
      group.barrier();
      return null;
    })).hasMessageContaining("no more disk").satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(1));
  }

  /** Often, since it depends on who is faster: the first used to leave while others were still being connected. */
  @RepeatedTest(20)
  @Timeout(30)
  void ranksThatLeaveAtOnceLetTheOthersJoin() {
    assertThat(ThreadRanks.run(3, Collective::rank)).containsExactly(0, 1, 2);
  }

  @Test
  void aRankThatLeavesInTheEndIsNoFailureForTheOthers() {
    ThreadRanks.run(2, group -> {
      try (Scope _ = Scope.open()) {
        Tensor tensor = torch.ones(new long[] {100}, DType.F32.options());
        for (int i = 0; i < 50; i++) {
          group.allReduce(tensor, Reduction.SUM);
        }
        return null;
      }
    });
  }
}
