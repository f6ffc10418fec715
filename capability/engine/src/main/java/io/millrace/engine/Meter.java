// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation.Finish;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Counts of one engine; its owner's lock guards it. */
final class Meter {
  private static final double SECOND = 1e9;

  long refused;
  long promptTokens;
  long generatedTokens;
  long prefixQueries;
  long prefixHits;
  long preemptions;
  long draftedTokens;
  long acceptedTokens;
  final Times firstToken = new Times(Times.FIRST);
  final Times interToken = new Times(Times.NEXT);
  final Times queue = new Times(Times.FIRST);
  final Times prefill = new Times(Times.WHOLE);
  final Times decode = new Times(Times.WHOLE);
  final Times whole = new Times(Times.WHOLE);
  final Map<Finish, Long> finished = new EnumMap<>(Finish.class);

  private double meanRequestNanos = SECOND;

  void finished(Sequence sequence) {
    Finish why = sequence.stream.finish();
    if (why != null) {
      finished.merge(why, 1L, Long::sum);
    }
    long nanos = System.nanoTime() - sequence.arrived;
    whole.add(nanos);
    // Recent requests count more: the load of an hour ago says little about now.
    meanRequestNanos += 0.1 * (nanos - meanRequestNanos);
  }

  /** Where so many run at a time, one ends about this often; at least 50 ms. */
  Duration untilAPlaceIsFree(int maxRunning) {
    return Duration.ofMillis(Math.max(50, (long) (meanRequestNanos / maxRunning / 1e6)));
  }

  EngineMetrics snapshot(int running, int waiting, double cacheUse) {
    return new EngineMetrics(running, waiting, cacheUse, prefixQueries, prefixHits, preemptions, finished, refused,
        promptTokens, generatedTokens, draftedTokens, acceptedTokens, firstToken.snapshot(), interToken.snapshot(),
        queue.snapshot(), prefill.snapshot(), decode.snapshot(), whole.snapshot());
  }
}
