// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class DailyBudgetTest {

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T23:00:00Z"));

  @Test
  void isNotOverdrawnByRequestsUnderWayAndBeginsAnewEachDay() {
    DailyBudget budget = new DailyBudget(new UpstreamSettings.Budget(100, 0, 0, 0), null, now::get);
    DailyBudget.Reservation first = budget.reserve(40, 20);
    assertThatThrownBy(() -> budget.reserve(30, 20))
        .isInstanceOfSatisfying(
            UpstreamFailure.class, failure -> assertThat(failure.retryAfter().orElseThrow()).hasSeconds(3600))
        .hasMessageContaining("100 tokens a day").hasMessageContaining("50 tokens").hasMessageContaining("tokensPerDay");
    first.book(40, 5);
    budget.reserve(30, 20).book(0, 0);
    assertThat(budget.used()).isEqualTo(new DailyBudget.Used("2026-03-01", 40, 5));
    DailyBudget.Reservation overnight = budget.reserve(30, 20);
    now.set(Instant.parse("2026-03-02T00:00:01Z"));
    overnight.book(30, 20);
    assertThat(budget.used()).isEqualTo(new DailyBudget.Used("2026-03-02", 30, 20));
  }

  @Test
  void countsMoney() {
    DailyBudget budget = new DailyBudget(new UpstreamSettings.Budget(0, 0.01, 2, 10), null, now::get);
    budget.reserve(1_000, 500).book(1_000, 500);
    assertThat(budget.moneyUsed()).isCloseTo(0.007, within(1e-12));
    assertThatThrownBy(() -> budget.reserve(0, 301)).hasMessageContaining("0.0070").hasMessageContaining("moneyPerDay");
    budget.reserve(0, 300).book(0, 0);
  }

  @Test
  void survivesARestartOfTheSameDay(@TempDir Path folder) throws Exception {
    Path ledger = folder.resolve("deep/upstream.json");
    UpstreamSettings.Budget limits = new UpstreamSettings.Budget(100, 0, 0, 0);
    new DailyBudget(limits, ledger, now::get).reserve(60, 20).book(60, 20);
    assertThatThrownBy(() -> new DailyBudget(limits, ledger, now::get).reserve(20, 10)).hasMessageContaining("80 tokens");
    now.set(Instant.parse("2026-03-02T00:00:01Z"));
    new DailyBudget(limits, ledger, now::get).reserve(20, 10);
    Files.writeString(ledger, "torn");
    new DailyBudget(limits, ledger, now::get).reserve(20, 10);
  }
}
