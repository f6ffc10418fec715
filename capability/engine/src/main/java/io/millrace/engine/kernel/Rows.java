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
      d.from = 0;
      d.to = 0;
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

  private void round(int from, int to, Team team) {
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

  /** Has some of the rows ready for a way of multiplying weights of a format, with a team's help. */
  public void prepare(Panels.Way way, PanelFormat format, int from, int to, Team team) {
    switch (way) {
      case DIRECT -> pack(from, to, format, team);
      case HALVES -> round(from, to, team);
      case SHARED -> { } // as they are
    }
  }

  private void pack(int from, int to, PanelFormat format, Team team) {
    Direct d = direct[format.ordinal()];
    if (!format.scaled()) {
      return;
    }
    int groups = groups(columns);
    if (d.starts.length < rows * groups) {
      d.values = new float[rows * stride()];
      d.starts = new float[rows * groups];
      d.from = 0;
      d.to = 0;
    }
    if (from == d.from && to == d.to) {
      return;
    }
    team.run(to - from, 1, (long) (to - from) * stride() < 20_000, (first, end, thread) -> {
      for (int g = (from + first) * groups; g < (from + end) * groups; g++) {
        d.pack(x, g, format);
      }
    });
    d.from = from;
    d.to = to;
  }

  /** Input times {@link PanelFormat#factor}, and what its products start from, [row][group]; of some rows. */
  static final class Direct {
    float[] values = new float[0];
    float[] starts = new float[0];
    private int from;
    private int to;

    private void pack(float[] x, int group, PanelFormat format) {
      float sum = 0;
      for (int c = 0; c < Panels.GROUP; c++) {
        float v = x[group * Panels.GROUP + c];
        values[group * Panels.GROUP + c] = v * format.factor(c);
        sum += v * format.bias(c);
      }
      starts[group] = -sum;
    }
  }

  /** Of the rows that were packed. */
  Direct direct(int from, int to, PanelFormat format) {
    Direct d = direct[format.ordinal()];
    if (format.scaled() && (from < d.from || to > d.to)) {
      throw new IllegalStateException("rows " + from + " to " + to + " are not packed for " + format);
    }
    return d;
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
