// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.util.Arrays;

/**
 * Some rows of input, laid out for products: by four, [block][column][4], columns filled up with zeros to whole groups,
 * scaled as a {@link PanelFormat} wants them, and with what their products start from, [block][group][4].
 *
 * <p>Holds one matrix of input at a time, in as many formats as are asked for. For one thread, which may share the packing.
 */
public final class Rows {
  private final Team team;
  private final Packed[] formats = new Packed[PanelFormat.values().length];
  private float[] x = new float[0];
  private int rows;
  private int columns;

  /** Rows in one format. */
  static final class Packed {
    float[] values = new float[0];
    float[] starts = new float[0];
    boolean current;
  }

  /** Rows that a team packs. */
  public Rows(Team team) {
    this.team = team;
    Arrays.setAll(formats, i -> new Packed());
  }

  /** Takes other input: x[row × columns + column]. It is read when a product needs it, so it must not change before. */
  public Rows set(float[] x, int rows, int columns) {
    this.x = x;
    this.rows = rows;
    this.columns = columns;
    for (Packed p : formats) {
      p.current = false;
    }
    return this;
  }

  /** Packs for a format now, with the team's help; a product would do it by itself on its own thread. */
  public void prepare(PanelFormat format) {
    in(format);
  }

  /** How many rows there are. */
  public int count() {
    return rows;
  }

  int columns() {
    return columns;
  }

  static int blocks(int rows) {
    return (rows + 3) / 4;
  }

  static int groups(int columns) {
    return (columns + Panels.GROUP - 1) / Panels.GROUP;
  }

  Packed in(PanelFormat format) {
    Packed p = formats[format.ordinal()];
    if (!p.current) {
      pack(p, format);
      p.current = true;
    }
    return p;
  }

  private void pack(Packed p, PanelFormat format) {
    int groups = groups(columns);
    int blocks = blocks(rows);
    int values = blocks * groups * Panels.GROUP * 4;
    if (p.values.length < values) {
      p.values = new float[values];
      p.starts = new float[blocks * groups * 4];
    }
    team.run(blocks, 1, (long) rows * columns < 20_000, (from, to, thread) -> {
      for (int block = from; block < to; block++) {
        for (int g = 0; g < groups; g++) {
          packGroup(p, format, block, g, groups);
        }
      }
    });
  }

  private void packGroup(Packed p, PanelFormat format, int block, int g, int groups) {
    int to = (block * groups + g) * Panels.GROUP * 4;
    int first = g * Panels.GROUP;
    int size = Math.min(Panels.GROUP, columns - first);
    for (int i = 0; i < 4; i++) {
      int row = block * 4 + i;
      float sum = 0;
      for (int c = 0; c < Panels.GROUP; c++) {
        float v = row < rows && c < size ? x[row * columns + first + c] : 0;
        p.values[to + c * 4 + i] = v * format.factor(c);
        sum += v * format.bias(c);
      }
      p.starts[(block * groups + g) * 4 + i] = -sum;
    }
  }
}
