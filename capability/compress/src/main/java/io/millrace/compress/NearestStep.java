// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.model.safetensors.Codes;
import io.millrace.model.safetensors.GroupInt8;
import io.millrace.model.safetensors.WeightFormat;
import org.jspecify.annotations.Nullable;

/** Rounds rows to the nearest step of their groups. */
final class NearestStep {
  private NearestStep() {}

  /** A weight of a matrix. */
  interface Weight {
    float at(int row, int column);
  }

  /**
   * Looks at all weights before they are rounded, which several threads do at once.
   *
   * @throws IllegalArgumentException when one is not finite, naming row and column
   */
  static void requireFinite(int rows, int columns, Weight weight) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        if (!Float.isFinite(weight.at(r, c))) {
          throw new IllegalArgumentException("row " + r + ": weight " + weight.at(r, c) + " in column " + c + " is not finite");
        }
      }
    }
  }

  /**
   * Rounds one row.
   *
   * @param weights of the row, finite
   * @param importance of each column's squared error when scales of four bits are sought; null for equal ones
   */
  static void round(WeightFormat format, float[] weights, float @Nullable [] importance, int row, Codes codes) {
    int columns = codes.columns();
    if (format != WeightFormat.INT4) {
      GroupInt8.quantise(
          weights, columns, codes.group(), codes.values(), row * columns, codes.scales(), row * codes.groups());
      return;
    }
    for (int group = 0; group < codes.groups(); group++) {
      int from = group * codes.group();
      int to = from + codes.group();
      float scale = Int4Scale.of(weights, from, to, importance);
      codes.scales()[row * codes.groups() + group] = scale;
      for (int c = from; c < to; c++) {
        codes.values()[row * columns + c] = (byte) Int4Scale.value(weights[c], scale);
      }
    }
  }
}
