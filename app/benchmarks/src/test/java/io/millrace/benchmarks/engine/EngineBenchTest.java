// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.Row;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class EngineBenchTest {
  @Test
  void aRateCountsOnlyWhileAllStreamsWrite() {
    long second = 1_000_000_000L;
    // The first stream writes alone until 2 s, the second alone from 4 s: 2 s in which both write, 2 + 4 tokens.
    assertThat(OurEngine.rate(List.of(
        new long[] {second, 2 * second, 3 * second, 4 * second},
        new long[] {2 * second, 5 * second / 2, 3 * second, 7 * second / 2, 4 * second, 5 * second, 6 * second})))
        .hasValue(3);
    assertThat(OurEngine.rate(List.of(new long[] {second, 2 * second}, new long[] {3 * second, 4 * second}))).isEmpty();
  }

  @Test
  void casesAreNamedAfterWhatIsDone() {
    assertThat(List.of(Task.prefill(512), Task.decode(1, 1, 128), Task.decode(1, 512, 128), Task.decode(8, 16, 64),
        Task.firstToken(1000, 24, 16, true))).extracting(Task::label).containsExactly(
        "prefill-512", "decode-128", "decode-128-after-512", "decode-8x64", "first-token-shared-prefix-1000");
    assertThat(Task.prefill(512).metric()).isEqualTo("tokens/s");
  }

  @Test
  void theMedianTurnCounts() {
    Samples samples = new Samples();
    for (double value : new double[] {3, 100, 5}) {
      samples.add("a", Task.prefill(1), value);
    }
    assertThat(samples.median("a", Task.prefill(1))).isEqualTo(5);
    assertThat(samples.last("a", Task.prefill(1))).isEqualTo(5);
    assertThat(samples.has("a", Task.prefill(2))).isFalse();
    assertThatThrownBy(() -> samples.median("b", Task.prefill(1))).hasMessageContaining("b has not done");
  }

  @Test
  void theShareOfBandwidthIsThatOfTheMedianTurn() {
    WeightTraffic traffic = new WeightTraffic(2);
    traffic.add(Precision.INT8, 18e9, 20e9);
    traffic.add(Precision.INT8, 5e9, 10e9);
    traffic.add(Precision.INT8, 24e9, 30e9);
    Row row = traffic.row("decode", Precision.INT8);
    assertThat(row.ratio()).isCloseTo(0.8, within(1e-9));
    assertThat(row.referenceValue()).isCloseTo(20, within(1e-9));
  }

  @Test
  void memoryIsReadByAllThreads() {
    try (ReadBandwidth bandwidth = new ReadBandwidth(3, 48L << 20)) {
      assertThat(bandwidth.best()).isGreaterThan(1e8);
    }
  }

  @Test
  void aPeerThatCannotRunHereIsRefusedWithTheRemedy() {
    LlamaCpp.requireNode("v20.0.0");
    LlamaCpp.requireNode("v24.1.2");
    for (String version : new String[] {"v18.20.1", "v9.0.0", "", "command not found"}) {
      assertThatThrownBy(() -> LlamaCpp.requireNode(version)).hasMessageContaining("'" + version + "'").hasMessageContaining("Node.js 20");
    }
    assertThat(LlamaCpp.library("Linux", "amd64")).isEqualTo("linux-x64");
    assertThat(LlamaCpp.library("Mac OS X", "aarch64")).isEqualTo("mac-arm64-metal");
    assertThat(LlamaCpp.library("Windows 11", "amd64")).isEqualTo("win-x64");
    assertThatThrownBy(() -> LlamaCpp.library("SunOS", "sparcv9")).hasMessageContaining("sunos sparcv9").hasMessageContaining("linux amd64");
  }
}
