// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.StepModel.Row;
import io.millrace.engine.kernel.KvPages;
import io.millrace.engine.kernel.PanelFormat;
import io.millrace.engine.kernel.Panels;
import io.millrace.engine.kernel.Panels.Way;
import io.millrace.engine.kernel.Rows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Checks a loaded model before it serves: every kernel on the weights themselves, bit for bit against plain Java, once
 * the compiler has had its turn: running them also compiles them, so the first request is not the slow one. It also
 * measures which way of computing a product is faster for how many rows.
 */
final class SelfTest {
  /** Exercises whole blocks of rows and an incomplete one. */
  private static final int BATCH = 6;

  private static final long WARM_UP_NANOS = 400_000_000L;
  /** Steps of a single row that are made although the time is over: their shortest is what drafts are compared with. */
  private static final int LEAST_STEPS = 4;
  private static final int TRIALS = 7;
  /** How long code that nothing has run yet is given to be compiled, as long as it gets no faster. */
  private static final long COMPILING_NANOS = 80_000_000L;

  private final LlamaDecoder decoder;
  private final Panels.Scratch scratch = new Panels.Scratch();

  private SelfTest(LlamaDecoder decoder) {
    this.decoder = decoder;
  }

  /**
   * Tests, warms up and tunes a decoder.
   *
   * @throws IllegalStateException when a kernel's result is wrong on this machine, naming the matrix
   */
  static void run(LlamaDecoder decoder) {
    SelfTest test = new SelfTest(decoder);
    List<Panels> matrices = onePerShapeAndFormat(decoder.weights().matrices());
    test.warmUp();
    for (PanelFormat format : PanelFormat.values()) {
      matrices.stream().filter(m -> m.format() == format)
          .max(Comparator.comparingLong(m -> m == decoder.weights().embedding() ? 0 : m.bytes())).ifPresent(test::tune);
    }
    matrices.forEach(test::check);
    matrices.stream().filter(Panels::halves).forEach(test::checkHalves);
  }

  private static List<Panels> onePerShapeAndFormat(List<Panels> all) {
    List<Panels> chosen = new ArrayList<>();
    for (Panels m : all) {
      if (chosen.stream().noneMatch(
          c -> c.format() == m.format() && c.rows() == m.rows() && c.columns() == m.columns())) {
        chosen.add(m);
      }
    }
    return chosen;
  }

  private Rows input(Panels m, int rows) {
    SplittableRandom random = new SplittableRandom(17);
    float[] x = new float[rows * m.columns()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    return new Rows().set(x, rows, m.columns());
  }

  private void check(Panels m) {
    Rows x = input(m, BATCH);
    float[] direct = new float[BATCH * m.rows()];
    float[] shared = new float[BATCH * m.rows()];
    float[] plainDirect = new float[BATCH * m.rows()];
    float[] plain = new float[BATCH * m.rows()];
    int last = m.strips() - 1;
    x.prepare(Way.DIRECT, m.format(), 0, BATCH, decoder.team());
    m.multiply(x, 0, BATCH, direct, last, last + 1, Way.DIRECT, scratch);
    m.multiply(x, 0, BATCH, shared, last, last + 1, Way.SHARED, scratch);
    m.reference(x, plainDirect, last, last + 1, Way.DIRECT, scratch);
    m.reference(x, plain, last, last + 1, Way.SHARED, scratch);
    for (int i = 0; i < plain.length; i++) {
      if (!Float.isFinite(plainDirect[i]) || differ(plainDirect[i], direct[i])) {
        throw failed(m, i, plainDirect[i], "from words in place " + direct[i]);
      }
      if (!Float.isFinite(plain[i]) || differ(plain[i], shared[i])) {
        throw failed(m, i, plain[i], "from unpacked weights " + shared[i]);
      }
    }
  }

  /** Halves round weights and inputs, by a 256th at most each; their products can be off by no more than the sum of that. */
  private void checkHalves(Panels m) {
    Rows x = input(m, BATCH);
    float[] y = new float[BATCH * m.rows()];
    float[] plain = new float[BATCH * m.rows()];
    int last = m.strips() - 1;
    x.prepare(Way.HALVES, m.format(), 0, BATCH, decoder.team());
    m.multiply(x, 0, BATCH, y, last, last + 1, Way.HALVES, scratch);
    m.reference(x, plain, last, last + 1, Way.SHARED, scratch);
    float[] row = new float[m.columns()];
    for (int r = m.rows() - 1; r >= 0 && m.strip(r) == last; r--) {
      m.copyRow(r, row, 0);
      double size = 0;
      for (float w : row) {
        size += Math.abs(w);
      }
      for (int i = r; i < y.length; i += m.rows()) { // inputs are below 1
        if (!(Math.abs(y[i] - plain[i]) <= size / 128)) {
          throw failed(m, i, plain[i], "in halves " + y[i]);
        }
      }
    }
  }

  private static IllegalStateException failed(Panels m, int i, float expected, String found) {
    return new IllegalStateException("self-test of " + m + " failed: row " + i % m.rows() + " expected " + expected
        + ", found " + found + "; check that the weights are finite, or start the JVM with"
        + " -Dmillrace.plain=true to do without vector kernels");
  }

  private static boolean differ(float a, float b) {
    return Float.floatToIntBits(a) != Float.floatToIntBits(b) && a != b; // zeros may differ in sign
  }

  private void warmUp() {
    int context = Math.min(decoder.config().context(), decoder.kv().count() * KvPages.POSITIONS);
    int room = Math.min(context, 24) / 3;
    if (room == 0) {
      return; // a context of one or two
    }
    int prompt = 2 * room;
    PageTable table = new PageTable();
    for (int i = 0; i * KvPages.POSITIONS < prompt + room; i++) {
      table.add(i);
    }
    long end = System.nanoTime() + WARM_UP_NANOS;
    long best = Long.MAX_VALUE;
    // Until it stops getting faster: compiled code is tens of times faster than interpreted vector code.
    for (int stale = 0; stale < 20 && System.nanoTime() < end; ) {
      long start = System.nanoTime();
      table.size(0);
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < prompt; i++) {
        rows.add(new Row(table, i % decoder.config().vocabulary(), i == prompt - 1, true, null));
      }
      decoder.step(rows);
      int steps = 0;
      do {
        long before = System.nanoTime();
        decoder.step(List.of(new Row(table, 0, true)));
        decoder.crossover().stepTook(System.nanoTime() - before);
        steps++;
      } while (table.size() < prompt + room && (System.nanoTime() < end || steps < LEAST_STEPS));
      long took = System.nanoTime() - start;
      stale = took < best * 0.9 ? 0 : stale + 1;
      best = Math.min(best, took);
    }
  }

  /** Measures a product of each number of rows that is in question. */
  private void tune(Panels m) {
    if (!m.format().scaled()) {
      time(m, 2, Way.SHARED, COMPILING_NANOS); // prompts may have gone another way
    }
    int direct = 1;
    while (direct < 8 && (m.format().scaled() || time(m, direct + 1, Way.DIRECT, 0) < time(m, direct + 1, Way.SHARED, 0))) {
      direct++;
    }
    double four = time(m, 4, direct < 4 ? Way.SHARED : Way.DIRECT, COMPILING_NANOS);
    double one = time(m, 1, Way.DIRECT, 0);
    // Whatever was measured, four can be computed one by one.
    decoder.crossover().set(m.format(), direct, Math.min(4, four / one));
  }

  /** The shortest of some trials; of more, while the last time that it got shorter by a tenth is less than {@code patience} ago. */
  private double time(Panels m, int rows, Way way, long patience) {
    Rows x = input(m, rows);
    x.prepare(way, m.format(), 0, rows, decoder.team());
    float[] y = new float[rows * m.rows()];
    int strips = Math.min(m.strips(), 64);
    double best = Double.POSITIVE_INFINITY;
    long improved = System.nanoTime();
    for (int i = 0; i < TRIALS || System.nanoTime() - improved < patience; i++) {
      long start = System.nanoTime();
      m.multiply(x, 0, rows, y, 0, strips, way, scratch);
      long end = System.nanoTime();
      improved = end - start < best * 0.9 ? end : improved;
      best = Math.min(best, end - start);
    }
    return best;
  }
}
