// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

/**
 * How weights lie in words of 32 bits: neighbouring columns of a row share a word.
 *
 * <p>A field of a word is read in place, without shifting it down: {@code word & mask} as a number is the field times a power
 * of two, which is exact in a float, so the input is divided by that power beforehand, which is exact too. All
 * fields but the highest are unsigned and hold the value plus a bias; a product starts from minus the bias times the input's
 * sum.
 */
public enum PanelFormat {
  /** A float a word. */
  F32(1, 0),
  /** The upper halves of two floats. */
  BF16(2, 0),
  /** Four values from -127 to 127, times a scale for each group of 32 columns. */
  INT8(4, 128),
  /** Eight values from -8 to 7, times a scale for each group of 32 columns. */
  INT4(8, 8);

  private final int perWord;
  private final boolean scaled;
  // By column within a group.
  private final float[] factors = new float[Panels.GROUP];
  private final float[] biases = new float[Panels.GROUP];
  private final int[] masks = new int[Panels.GROUP];

  PanelFormat(int perWord, int bias) {
    this.perWord = perWord;
    this.scaled = bias != 0;
    int bits = 32 / perWord;
    for (int c = 0; c < Panels.GROUP; c++) {
      int shift = bits * (c % perWord);
      factors[c] = scaled ? Math.scalb(1f, -shift) : 1;
      biases[c] = c % perWord == perWord - 1 ? 0 : bias;
      masks[c] = (bits == 32 ? -1 : (1 << bits) - 1) << shift;
    }
  }

  /** Columns in a word. */
  int perWord() {
    return perWord;
  }

  /** Whether values have a scale. */
  public boolean scaled() {
    return scaled;
  }

  /** What is added to the values of a column. */
  float bias(int column) {
    return biases[column % Panels.GROUP];
  }

  /** What inputs of a column are multiplied by, so that their products with fields in place come out right. */
  float factor(int column) {
    return factors[column % Panels.GROUP];
  }

  /** A column's value in place: times the power of two that {@link #factor} takes off, and with the bias. */
  float field(int word, int column) {
    int field = word & masks[column % Panels.GROUP];
    return scaled ? field : Float.intBitsToFloat(field << Integer.numberOfLeadingZeros(masks[column % Panels.GROUP]));
  }

  /** A column's value, without its scale. */
  float value(int word, int column) {
    return field(word, column) * factor(column) - bias(column);
  }
}
