// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.Piece;
import io.millrace.engine.EngineMetrics;
import io.millrace.engine.Histogram;
import io.millrace.engine.Times;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What an upstream does as it is seen from here: times include the network and the server's own queue; its cache and
 * its preemptions are not seen. This object's lock guards all of it.
 */
final class UpstreamMeter {

  private final Times first = new Times(Times.FIRST);
  private final Times next = new Times(Times.NEXT);
  private final Times decode = new Times(Times.WHOLE);
  private final Times whole = new Times(Times.WHOLE);
  private final Map<Finish, Long> finished = new EnumMap<>(Finish.class);
  private int running;
  private long refused;
  private long promptTokens;
  private long cachedTokens;
  private long generatedTokens;

  /** One request; its pieces pass through it on their way to the reader. */
  final class Watch implements Consumer<Piece> {
    private final Consumer<Piece> out;
    private final long begin = System.nanoTime();
    private long firstPiece;
    private long lastPiece;

    private Watch(Consumer<Piece> out) {
      this.out = out;
    }

    @Override
    public void accept(Piece piece) {
      long now = System.nanoTime();
      synchronized (UpstreamMeter.this) {
        if (firstPiece == 0) {
          firstPiece = now;
          first.add(now - begin);
        } else {
          next.add(now - lastPiece);
        }
      }
      lastPiece = now;
      out.accept(piece);
    }

    /** The request ended well. */
    void ended(Generation generation) {
      long now = System.nanoTime();
      synchronized (UpstreamMeter.this) {
        finished.merge(generation.finish(), 1L, Long::sum);
        promptTokens += generation.promptTokens();
        cachedTokens += generation.cachedTokens();
        generatedTokens += generation.completionTokens();
        whole.add(now - begin);
        if (firstPiece != 0) {
          decode.add(lastPiece - firstPiece);
        }
      }
    }

    /** The request is over, however it ended. */
    void over() {
      synchronized (UpstreamMeter.this) {
        running--;
      }
    }
  }

  synchronized Watch begin(Consumer<Piece> out) {
    running++;
    return new Watch(out);
  }

  synchronized void refused() {
    refused++;
  }

  synchronized EngineMetrics snapshot() {
    return new EngineMetrics(running, 0, 0, promptTokens, cachedTokens, 0, finished, refused, promptTokens,
        generatedTokens, 0, 0, first.snapshot(), next.snapshot(), Histogram.empty(Times.FIRST),
        Histogram.empty(Times.WHOLE), decode.snapshot(), whole.snapshot());
  }
}
