// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.engine.EngineMetrics.Latency;

import java.time.Duration;

/** Counts of one engine; its owner's lock guards it. */
final class Meter {
  private static final double SECOND = 1e9;

  long finished;
  long cancelled;
  long refused;
  long promptTokens;
  long generatedTokens;
  final Times firstToken = new Times();
  final Times interToken = new Times();

  private double meanRequestNanos = SECOND;

  static final class Times {
    private long count;
    private long total;
    private long max;

    void add(long nanos) {
      count++;
      total += nanos;
      max = Math.max(max, nanos);
    }

    Latency snapshot() {
      return new Latency(count, total / SECOND, max / SECOND);
    }
  }

  void finished(Sequence sequence) {
    finished++;
    cancelled += sequence.stream.finish() == Finish.CANCELLED ? 1 : 0;
    // Recent requests count more: the load of an hour ago says little about now.
    meanRequestNanos += 0.1 * (System.nanoTime() - sequence.arrived - meanRequestNanos);
  }

  /** Where so many run at a time, one ends about this often; at least 50 ms. */
  Duration untilAPlaceIsFree(int maxRunning) {
    return Duration.ofMillis(Math.max(50, (long) (meanRequestNanos / maxRunning / 1e6)));
  }

  EngineMetrics snapshot(int running, int waiting) {
    return new EngineMetrics(running, waiting, finished, cancelled, refused, promptTokens, generatedTokens,
        firstToken.snapshot(), interToken.snapshot());
  }
}
