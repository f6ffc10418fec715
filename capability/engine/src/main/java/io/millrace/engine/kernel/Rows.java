// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.util.Arrays;

/**
 * Some rows of input, as products read them: [row][column], columns filled up with zeros to whole groups; and in halves, where
 * asked for. Holds one matrix of input at a time.
 */
public final class Rows {
  private float[] x = new float[0]; // what was given
  private float[] padded = new float[0];
  private short[] halves = new short[0];
  private final Direct[] direct = new Direct[PanelFormat.values().length];
  private int rows;
  private int columns;
  private int halvesFrom; // of the rows that are there in halves
  private int halvesTo;

  /** No rows yet. */
  public Rows() {
    Arrays.setAll(direct, i -> new Direct());
  }

  /** Takes other input: x[row × columns + column]. It must not change while products read it. */
  public Rows set(float[] x, int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    halvesTo = 0;
    halvesFrom = 0;
    for (Direct d : direct) {
      d.current = false;
    }
    int stride = stride();
    if (stride == columns) {
      this.x = x;
      return this;
    }
    if (padded.length < rows * stride) {
      padded = new float[rows * stride];
    }
    for (int r = 0; r < rows; r++) {
      System.arraycopy(x, r * columns, padded, r * stride, columns);
      Arrays.fill(padded, r * stride + columns, (r + 1) * stride, 0);
    }
    this.x = padded;
    return this;
  }

  /** Rounds some of the rows to halves, with a team's help, for the products that want them so. */
  public void round(int from, int to, Team team) {
    if (from == halvesFrom && to == halvesTo) {
      return;
    }
    int stride = stride();
    if (halves.length < rows * stride) {
      halves = new short[rows * stride];
    }
    team.run(to - from, 1, (long) (to - from) * stride < 20_000,
        (first, end, thread) -> Elements.halves(x, (from + first) * stride, (end - first) * stride, halves, (from + first) * stride));
    halvesFrom = from;
    halvesTo = to;
  }

  /** How many rows there are. */
  public int count() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /** Numbers of a row, those that fill up included. */
  int stride() {
    return groups(columns) * Panels.GROUP;
  }

  float[] values() {
    return x;
  }

  /** Input times {@link PanelFormat#factor}, and what its products start from, [row][group]. */
  static final class Direct {
    float[] values = new float[0];
    float[] starts = new float[0];
    private volatile boolean current;
  }

  Direct direct(PanelFormat format) {
    Direct d = direct[format.ordinal()];
    if (!d.current) {
      synchronized (d) {
        if (!d.current) {
          pack(d, format);
          d.current = true;
        }
      }
    }
    return d;
  }

  private void pack(Direct d, PanelFormat format) {
    if (!format.scaled()) {
      d.values = x;
      return;
    }
    int count = rows * stride();
    if (d.starts.length < count / Panels.GROUP) {
      d.values = new float[count];
      d.starts = new float[count / Panels.GROUP];
    }
    for (int g = 0; g < count / Panels.GROUP; g++) {
      float sum = 0;
      for (int c = 0; c < Panels.GROUP; c++) {
        float v = x[g * Panels.GROUP + c];
        d.values[g * Panels.GROUP + c] = v * format.factor(c);
        sum += v * format.bias(c);
      }
      d.starts[g] = -sum;
    }
  }

  /** Of the rows that were rounded. */
  short[] halves(int from, int to) {
    if (from < halvesFrom || to > halvesTo) {
      throw new IllegalStateException("rows " + from + " to " + to + " are not there in halves");
    }
    return halves;
  }

  static int groups(int columns) {
    return (columns + Panels.GROUP - 1) / Panels.GROUP;
  }
}
