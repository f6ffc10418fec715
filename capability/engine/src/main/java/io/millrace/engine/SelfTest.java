// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.LlamaDecoder.Row;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Checks a loaded model before it serves: the vector kernels against plain Java, on the weights themselves, before and
 * after the compiler has had its turn. Running them also compiles them, so the first request is not the slow one.
 */
final class SelfTest {
  /** Of the plain result's magnitude: sums of some thousand floats in another order. */
  private static final double TOLERANCE = 1e-3;

  private static final long WARM_UP_NANOS = 2_000_000_000L;

  private SelfTest() {}

  /**
   * Tests and warms up a decoder.
   *
   * @throws IllegalStateException when a kernel's result is wrong on this machine, naming the matrix
   */
  static void run(LlamaDecoder decoder) {
    List<Matrix> matrices = onePerShapeAndType(decoder.weights().matrices());
    matrices.forEach(SelfTest::check);
    warmUp(decoder);
    matrices.forEach(SelfTest::check);
  }

  private static List<Matrix> onePerShapeAndType(List<Matrix> all) {
    List<Matrix> chosen = new ArrayList<>();
    for (Matrix m : all) {
      if (chosen.stream().noneMatch(
          c -> c.getClass() == m.getClass() && c.rows() == m.rows() && c.columns() == m.columns())) {
        chosen.add(m);
      }
    }
    return chosen;
  }

  private static void check(Matrix m) {
    int batch = 5; // exercises both the kernel for four vectors and the one for a single one
    SplittableRandom random = new SplittableRandom(17);
    float[] x = new float[batch * m.columns()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    float[] fast = new float[batch * m.rows()];
    float[] plain = new float[batch * m.rows()];
    int to = Math.min(m.rows(), 9);
    m.multiply(x, batch, fast, 0, to);
    m.multiplyPlain(x, batch, plain, 0, to);
    double magnitude = 0;
    for (float p : plain) {
      magnitude = Math.max(magnitude, Math.abs(p));
    }
    for (int i = 0; i < fast.length; i++) {
      if (!(Math.abs(fast[i] - plain[i]) <= TOLERANCE * magnitude + 1e-6)) {
        throw new IllegalStateException("self-test of " + m + " failed: row " + i % m.rows() + " expected " + plain[i]
            + ", found " + fast[i] + "; check that the weights are finite, or start the JVM with"
            + " -Dmillrace.engine.plain=true to do without vector kernels");
      }
    }
  }

  private static void warmUp(LlamaDecoder decoder) {
    int context = decoder.config().context();
    int prompt = Math.min(context, LlamaDecoder.MAX_ROWS);
    long end = System.nanoTime() + WARM_UP_NANOS;
    long best = Long.MAX_VALUE;
    // Until it stops getting faster: compiled code is tens of times faster than interpreted vector code.
    for (int stale = 0; stale < 20 && System.nanoTime() < end; ) {
      long start = System.nanoTime();
      KvCache cache = decoder.newCache(Math.min(context, prompt + 8));
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < prompt; i++) {
        rows.add(new Row(cache, i % decoder.config().vocabulary(), i == prompt - 1));
      }
      decoder.step(rows);
      while (cache.size() < Math.min(context, prompt + 8)) {
        decoder.step(List.of(new Row(cache, 0, true)));
      }
      long took = System.nanoTime() - start;
      stale = took < best * 0.9 ? 0 : stale + 1;
      best = Math.min(best, took);
    }
  }
}
