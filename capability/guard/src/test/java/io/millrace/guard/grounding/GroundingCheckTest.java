// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.spi.Guard.Decision;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.guard.GuardPolicy;
import io.millrace.guard.RiskGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class GroundingCheckTest {

  private static final RiskGuard GUARD = new RiskGuard(GuardPolicy.defaults(), null);

  private static final List<String> EVIDENCE =
      List.of(
          "The buffer holds 16 MB by default. IndexWriter flushes it when it is full. The method is not thread-safe "
              + "and throws an IOException if the disk is full.",
          "默认情况下返回 500 条记录。该方法不是线程安全的，登录失败时抛出 NotLoginException 异常。");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "IOException",
        "It throws an IOException when the disk is full [1].",
        "The buffer holds 16 MB. It is flushed by IndexWriter when full.",
        "默认返回500条记录。[2]",
        "登录失败时抛出NotLoginException异常",
        "It isn't thread-safe.",
      })
  void passesWhatTheSourcesSay(String answer) {
    assertThat(GUARD.checkOutput("What about it?", answer, EVIDENCE)).as(answer).extracting(Verdict::decision)
        .isEqualTo(Decision.ALLOW);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "The buffer holds 32 MB by default.|the number 32",
        "It throws an IllegalStateException if the disk is full.|the name illegalstateexception",
        "The method is thread-safe.|opposite",
        "Restart the server and reinstall the driver from the vendor.|of its content",
        "默认情况下返回 800 条记录。|the number 800",
        "该方法是线程安全的。|opposite",
        "需要重新安装数据库驱动程序。|of its content",
        "It throws an IOException if the disk is full. The moon landing took place in July.|moon landing",
        "Yes.|nothing that could be checked",
      })
  void quotesInsteadOfWhatTheyDoNotSayAndNamesTheSentence(String answer, String reason) {
    Verdict verdict = GUARD.checkOutput("What about it?", answer, EVIDENCE);
    assertThat(verdict.decision()).as(answer + verdict).isEqualTo(Decision.QUOTE);
    assertThat(verdict.rule()).isEqualTo("output.ungrounded");
    assertThat(verdict.reason()).contains(reason);
  }

  @Test
  void withoutEvidenceNothingIsGrounded() {
    assertThat(GUARD.checkOutput("Q?", "The buffer is flushed.", List.of()).decision()).isEqualTo(Decision.QUOTE);
    assertThat(GUARD.checkOutput("Q?", " ", EVIDENCE).rule()).isEqualTo("output.empty");
  }
}
