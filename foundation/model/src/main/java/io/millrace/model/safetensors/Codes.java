// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

/**
 * A matrix [rows, columns] as small whole numbers with a scale for each group of neighbours along a row, before it is
 * packed: weight (r, c) is {@code value × scale}. Filled row by row by whoever rounds; not safe for concurrent use on
 * the same row.
 */
public final class Codes {
  private final int rows;
  private final int columns;
  private final int group;
  private final int groups;
  private final byte[] values;
  private final float[] scales;

  /**
   * A matrix of zeros.
   *
   * @param group neighbours that share a scale; a row's last group may be shorter
   * @throws IllegalArgumentException when a size is not positive
   */
  public Codes(int rows, int columns, int group) {
    if (rows < 1 || columns < 1 || group < 1) {
      throw new IllegalArgumentException("matrix of " + rows + " rows and " + columns + " columns in groups of " + group
          + ": all must be at least 1");
    }
    this.rows = rows;
    this.columns = columns;
    this.group = group;
    this.groups = (columns + group - 1) / group;
    this.values = new byte[Math.multiplyExact(rows, columns)];
    this.scales = new float[Math.multiplyExact(rows, groups)];
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  /** Number of columns. */
  public int columns() {
    return columns;
  }

  /** Neighbours that share a scale. */
  public int group() {
    return group;
  }

  /** Scales of a row. */
  public int groups() {
    return groups;
  }

  /** The whole numbers, row-major; shared. */
  public byte[] values() {
    return values;
  }

  /** The scales, [rows, groups], row-major; shared. */
  public float[] scales() {
    return scales;
  }

  /** The scale of a weight. */
  public float scale(int row, int column) {
    return scales[row * groups + column / group];
  }

  /** One weight. */
  public float at(int row, int column) {
    return values[row * columns + column] * scale(row, column);
  }

  /** Some rows, in a matrix of their own. */
  public Codes rows(int from, int count) {
    Codes part = new Codes(count, columns, group);
    System.arraycopy(values, from * columns, part.values, 0, part.values.length);
    System.arraycopy(scales, from * groups, part.scales, 0, part.scales.length);
    return part;
  }
}
