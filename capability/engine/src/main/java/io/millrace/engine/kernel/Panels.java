// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Weights of shape [rows, columns] off the heap, multiplied from the left, in the order in which products read them.
 *
 * <p>Rows are cut into strips of 4 × {@link Lanes#N}; a strip holds, word by word, the words of its rows side by side, so
 * that a product walks through memory once and needs no sums across lanes. See {@link PanelFormat} for words.
 *
 * <p>A product sums the 32 columns of a group in order, with one rounding each (fused multiply-add), times the group's
 * scale, and the groups in order. All ways to compute it do exactly that: one row at a time straight from the words, or
 * many rows from words unpacked into a tile, with vectors or without. So a row's result has the same bits in every company.
 */
public final class Panels {
  /** Columns that share a scale. */
  public static final int GROUP = 32;

  /** Columns unpacked at a time: the tile stays in the nearest cache. */
  static final int TILE_COLUMNS = 1024 / Lanes.N;

  /** Rows of a strip. */
  static final int STRIP = 4 * Lanes.N;

  private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT; // written here, so in the machine's own order

  private final String name;
  private final PanelFormat format;
  private final int rows;
  private final int columns;
  private final int groups;
  private final MemorySegment words; // [strip][column / perWord][4][N]
  private final MemorySegment scales; // upper halves of floats, [strip][group][4][N]; empty where the format has none

  Panels(String name, PanelFormat format, int rows, int columns, MemorySegment words, MemorySegment scales) {
    this.name = name;
    this.format = format;
    this.rows = rows;
    this.columns = columns;
    this.groups = Rows.groups(columns);
    this.words = words;
    this.scales = scales;
  }

  /** Scratch space of one thread. */
  public static final class Scratch {
    private float[] scales = new float[0];
    private final float[] tile = new float[TILE_COLUMNS * STRIP];
    private final float[] partial = new float[TILE_COLUMNS / GROUP * 4 * Lanes.TILE]; // of a tile's groups
    private float[] sums = new float[0];

    private void reserve(int scaleCount, int sumCount) {
      if (scales.length < scaleCount) {
        scales = new float[scaleCount];
      }
      if (sums.length < sumCount) {
        sums = new float[sumCount];
      }
    }
  }

  /** Name of the tensor. */
  public String name() {
    return name;
  }

  /** How weights are stored. */
  public PanelFormat format() {
    return format;
  }

  /** Outputs. */
  public int rows() {
    return rows;
  }

  /** Inputs. */
  public int columns() {
    return columns;
  }

  /** How many strips there are to share among threads. */
  public int strips() {
    return (rows + STRIP - 1) / STRIP;
  }

  /** Bytes that a product reads. */
  public long bytes() {
    return words.byteSize() + scales.byteSize();
  }

  private int wordsPerGroup() {
    return GROUP / format.perWord();
  }

  /** One weight. */
  public float at(int row, int column) {
    int lane = row % STRIP;
    long group = (long) (row / STRIP) * groups + column / GROUP;
    int word = words.getAtIndex(WORD,
        (group * wordsPerGroup() + column % GROUP / format.perWord()) * STRIP + lane) & format.mask(column);
    if (!format.scaled()) {
      return Float.intBitsToFloat(word << Integer.numberOfLeadingZeros(format.mask(column)));
    }
    return (word * format.factor(column) - format.bias(column)) * scale(group * STRIP + lane);
  }

  private float scale(long index) {
    return Float.intBitsToFloat(scales.getAtIndex(ValueLayout.JAVA_SHORT, index) << 16);
  }

  /** Copies a row, as for an embedding. */
  public void copyRow(int row, float[] out, int outAt) {
    for (int c = 0; c < columns; c++) {
      out[outAt + c] = at(row, c);
    }
  }

  /**
   * y[b × rows + r] = row r · input row b, for all b and the rows of some strips.
   *
   * @param direct whether each input row reads the words itself; faster for one or two, the same result
   */
  public void multiply(Rows x, float[] y, int fromStrip, int toStrip, boolean direct, Scratch scratch) {
    if (x.columns() != columns) {
      throw new IllegalArgumentException(this + " does not fit an input of " + x.columns() + " columns");
    }
    Rows.Packed packed = x.in(format);
    int blocks = Rows.blocks(x.count());
    scratch.reserve(groups * STRIP, blocks * 4 * STRIP);
    for (int strip = fromStrip; strip < toStrip; strip++) {
      if (format.scaled()) {
        Kernels.scales(scales, (long) strip * groups * STRIP, groups * STRIP, scratch.scales);
      } else if (strip == fromStrip) {
        Arrays.fill(scratch.scales, 0, groups * STRIP, 1f);
      }
      Arrays.fill(scratch.sums, 0, blocks * 4 * STRIP, 0f);
      if (direct) {
        direct(packed, x.count(), strip, y, scratch);
      } else {
        tiled(packed, x.count(), strip, y, scratch);
      }
    }
  }

  /** As {@link #multiply}, in plain Java: what vector kernels must equal bit for bit. */
  public void reference(Rows x, float[] y, int fromStrip, int toStrip, Scratch scratch) {
    Rows.Packed packed = x.in(format);
    scratch.reserve(groups * STRIP, STRIP);
    for (int strip = fromStrip; strip < toStrip; strip++) {
      if (format.scaled()) {
        PlainKernels.scales(scales, (long) strip * groups * STRIP, groups * STRIP, scratch.scales);
      }
      for (int b = 0; b < x.count(); b++) {
        Arrays.fill(scratch.sums, 0, STRIP, 0f);
        int group = b / 4 * groups;
        PlainKernels.strip(format, words, (long) strip * groups * wordsPerGroup() * STRIP, groups, scratch.scales,
            packed.values, group * GROUP * 4 + b % 4, packed.starts, group * 4 + b % 4, scratch.sums, 0);
        System.arraycopy(scratch.sums, 0, y, b * rows + strip * STRIP, Math.min(STRIP, rows - strip * STRIP));
      }
    }
  }

  private void direct(Rows.Packed x, int count, int strip, float[] y, Scratch scratch) {
    long at = (long) strip * groups * wordsPerGroup() * STRIP;
    for (int b = 0; b < count; b++) {
      int group = b / 4 * groups;
      Kernels.strip(format, words, at, groups, scratch.scales, x.values, group * GROUP * 4 + b % 4, x.starts,
          group * 4 + b % 4, scratch.sums, b * STRIP);
      int first = strip * STRIP;
      System.arraycopy(scratch.sums, b * STRIP, y, b * rows + first, Math.min(STRIP, rows - first));
    }
  }

  private void tiled(Rows.Packed x, int count, int strip, float[] y, Scratch scratch) {
    int blocks = Rows.blocks(count);
    int tileGroups = TILE_COLUMNS / GROUP;
    for (int g0 = 0; g0 < groups; g0 += tileGroups) {
      int n = Math.min(tileGroups, groups - g0);
      Kernels.unpack(format, words, ((long) strip * groups + g0) * wordsPerGroup() * STRIP, n * wordsPerGroup(),
          scratch.tile);
      for (int block = 0; block < blocks; block++) {
        tiles(x, block, g0, n, scratch);
      }
    }
    unblock(count, strip, y, scratch.sums);
  }

  /** Four rows by both halves of a tile of some groups. */
  private void tiles(Rows.Packed x, int block, int g0, int n, Scratch scratch) {
    int group = block * groups + g0;
    for (int half = 0; half < 2; half++) {
      int tile = half * TILE_COLUMNS * Lanes.TILE;
      int sums = (block * 2 + half) * 4 * Lanes.TILE;
      Kernels.scaledTiles(scratch.tile, tile, n, scratch.scales, g0 * STRIP + half * Lanes.TILE, x.values,
          group * GROUP * 4, x.starts, group * 4, scratch.partial, scratch.sums, sums);
    }
  }

  /** From sums [block][half][4][2N] to rows. */
  private void unblock(int count, int strip, float[] y, float[] sums) {
    for (int half = 0; half < 2; half++) {
      int first = strip * STRIP + half * Lanes.TILE;
      int n = Math.min(Lanes.TILE, rows - first);
      for (int b = 0; b < count && n > 0; b++) {
        System.arraycopy(sums, ((b / 4 * 2 + half) * 4 + b % 4) * Lanes.TILE, y, b * rows + first, n);
      }
    }
  }

  @Override
  public String toString() {
    return name + Arrays.toString(new int[] {rows, columns}) + " " + format;
  }
}
