// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How weights are stored in four bits: symmetric, with one scale for each group of 32 neighbours along the input.
 *
 * <p>A matrix {@code name} of shape [rows, columns], columns a multiple of 32, becomes {@code name} as U8 of shape
 * [rows, 32 · ceil(columns / 64)] and {@code name_scale} as BF16 of shape [rows, columns / 32]; its values are
 * {@code v × scale}, v from −8 to 7, and a scale may be negative. A row is cut into blocks of 64 columns, the last one
 * filled up with zeros; a block is 8 little-endian words of 32 bits, of which word j (0…7) holds in bits 4k…4k+3
 * (k = 0…7) the value of column 64·block + 8·k + j, plus 8. So eight neighbours are had by one shift and mask of the eight
 * words, and k from 0 to 3 is a block's first group. Matrices of other widths stay in eight bits, {@link GroupInt8}.
 */
public final class GroupInt4 {
  /** Neighbours that share a scale. */
  public static final int GROUP = 32;

  /** Columns that are packed together. */
  public static final int BLOCK = 64;

  /** Bytes of a block. */
  public static final int BLOCK_BYTES = BLOCK / 2;

  /** The {@code quant_method} in {@code quantization_config}. */
  public static final String METHOD = "group-int4";

  /** The smallest value. */
  public static final int SMALLEST = -8;

  /** The largest value. */
  public static final int LARGEST = 7;

  private static final int WORDS = 8;
  private static final byte ZEROS = (byte) 0x88;

  private GroupInt4() {}

  /** Whether a matrix of so many columns can be stored so. */
  public static boolean fits(int columns) {
    return columns > 0 && columns % GROUP == 0;
  }

  /** Bytes of a row. */
  public static int rowBytes(int columns) {
    return (columns + BLOCK - 1) / BLOCK * BLOCK_BYTES;
  }

  /**
   * The bytes of a whole matrix, [rows, {@link #rowBytes}].
   *
   * @throws IllegalArgumentException when its width, its groups or a value does not fit, naming it
   */
  public static byte[] pack(Codes codes) {
    int columns = codes.columns();
    if (!fits(columns) || codes.group() != GROUP) {
      throw new IllegalArgumentException("matrix of " + columns + " columns in groups of " + codes.group()
          + ": four bits need a multiple of " + GROUP + " columns, in groups of " + GROUP);
    }
    int width = rowBytes(columns);
    byte[] packed = new byte[Math.multiplyExact(codes.rows(), width)];
    java.util.Arrays.fill(packed, ZEROS);
    for (int r = 0; r < codes.rows(); r++) {
      for (int c = 0; c < columns; c++) {
        int value = codes.values()[r * columns + c];
        if (value < SMALLEST || value > LARGEST) {
          throw new IllegalArgumentException("value " + value + " in row " + r + ", column " + c + " is not from "
              + SMALLEST + " to " + LARGEST);
        }
        int at = r * width + byteOf(c);
        int shift = shiftOf(c);
        packed[at] = (byte) (packed[at] & ~(15 << shift) | value - SMALLEST << shift);
      }
    }
    return packed;
  }

  /**
   * The value of a column.
   *
   * @param packed from {@code rowAt} on a row's bytes
   */
  public static int value(MemorySegment packed, long rowAt, int column) {
    return (packed.get(ValueLayout.JAVA_BYTE, rowAt + byteOf(column)) >>> shiftOf(column) & 15) + SMALLEST;
  }

  /** Column 64·block + 8·k + j is in word j, nibble k: byte 4·j + k / 2 of the block. */
  private static int byteOf(int column) {
    int within = column % BLOCK;
    return column / BLOCK * BLOCK_BYTES + within % WORDS * Integer.BYTES + within / WORDS / 2;
  }

  private static int shiftOf(int column) {
    return column % BLOCK / WORDS % 2 * 4;
  }
}
