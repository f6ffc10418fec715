// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.Lanes;
import io.millrace.tensor.array.MatrixProduct;
import io.millrace.tensor.array.PlainProduct;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Weights of shape [rows, columns] off the heap, multiplied from the left, in the order in which products read them.
 *
 * <p>Rows are cut into strips of 4 × {@link Lanes#N}; a strip holds, word by word, the words of its rows side by side, so
 * that a product walks through memory once and needs no sums across lanes. See {@link PanelFormat} for words.
 *
 * <p>Weights are multiplied in several ways. {@link Way#DIRECT} reads the words where they lie, for each row or for four: it sums
 * the 32 columns of a group in order with one rounding each (fused multiply-add), times the group's scale, and the groups in
 * order. {@link Way#SHARED} unpacks weights first, which is exact, sums {@link #DEPTH} columns in order, and adds these sums up.
 * Where weights have no scales the two give the same bits, and both do with vectors and without, by Java's code and by the
 * processor's own. In all ways a row's result has the same bits in every company.
 */
public final class Panels {
  /** Columns that share a scale. */
  public static final int GROUP = 32;

  /** Columns that are summed, and unpacked, at a time. */
  static final int DEPTH = 1024;

  private static final int DEPTH_GROUPS = DEPTH / GROUP;

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

  /** How a product is computed. */
  public enum Way {
    /** Words are read where they lie, for each row or for four: the fastest for few. */
    DIRECT,
    /** Rows share weights unpacked to floats. */
    SHARED,
    /**
     * As {@link #SHARED}, but weights and inputs are rounded to halves (BF16) first and products summed in floats, in the processor's own order: the
     * fastest for many rows where the processor multiplies halves, see {@link Panels#halves}.
     */
    HALVES
  }

  /** Loads the native code that products need, half a second's work, while the caller does something else. */
  public static void prepare() {
    MatrixProduct.prepare();
  }

  /** Whether this machine computes {@link Way#HALVES}, for weights that are not floats. */
  public boolean halves() {
    return MatrixProduct.multipliesHalves() && format != PanelFormat.F32;
  }

  /** Scratch space of one thread. */
  public static final class Scratch {
    private float[] scales = new float[0];
    private float[] tile = new float[0]; // one piece's weights
    private int[] pairs = new int[0]; // the same in halves
    private float[] sums = new float[0]; // where a strip's outputs do not go straight to their places
    private final float[] piece = new float[STRIP];
    private final float[] partial = new float[4 * STRIP]; // sums of one group

    private float[] scales(int count) {
      return scales.length < count ? scales = new float[count] : scales;
    }

    private float[] tile() {
      return tile.length == 0 ? tile = new float[DEPTH * STRIP] : tile;
    }

    private int[] pairs() {
      return pairs.length == 0 ? pairs = new int[DEPTH / 2 * STRIP] : pairs;
    }

    private float[] sums(int count) {
      return sums.length < count ? sums = new float[count] : sums;
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

  /** The strip that a row is in. */
  public int strip(int row) {
    return row / STRIP;
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
    int word = words.getAtIndex(WORD, (group * wordsPerGroup() + column % GROUP / format.perWord()) * STRIP + lane);
    float value = format.value(word, column);
    return format.scaled() ? value * scale(group * STRIP + lane) : value;
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
   * y[b × rows + r] = row r · input row b, for some input rows and the rows of some strips.
   *
   * @param from the first input row; these rows are {@linkplain Rows#prepare prepared}
   * @param to behind the last
   */
  public void multiply(Rows x, int from, int to, float[] y, int fromStrip, int toStrip, Way way, Scratch scratch) {
    check(x);
    for (int strip = fromStrip; strip < toStrip; strip++) {
      if (way == Way.DIRECT) {
        direct(x, from, to, strip, y, scratch);
      } else {
        shared(x, from, to, strip, y, way == Way.HALVES, scratch);
      }
    }
  }

  /** As {@link #multiply} for all rows, {@link Way#DIRECT} or {@link Way#SHARED}, in plain Java: what these must equal bit for bit. */
  public void reference(Rows x, float[] y, int fromStrip, int toStrip, Way way, Scratch scratch) {
    check(x);
    Rows.Direct in = way == Way.DIRECT ? x.direct(0, x.count(), format) : null;
    float[] factors = scratch.scales(groups * STRIP);
    for (int strip = fromStrip; strip < toStrip; strip++) {
      if (format.scaled()) {
        PlainKernels.scales(scales, (long) strip * groups * STRIP, groups * STRIP, factors);
      }
      for (int b = 0; b < x.count(); b++) {
        float[] sums = new float[STRIP];
        for (int g = 0; g < groups; g += DEPTH_GROUPS) {
          int n = Math.min(DEPTH_GROUPS, groups - g);
          if (in != null && format.scaled()) {
            PlainKernels.strip(format, words, wordAt(strip, g), n, factors, g * STRIP, in.values, b * x.stride() + g * GROUP,
                in.starts, b * groups + g, sums, 0);
          } else {
            PlainKernels.unpack(format, words, wordAt(strip, g), n, factors, g * STRIP, scratch.tile());
            PlainProduct.add(1, STRIP, n * GROUP, x.values(), b * x.stride() + g * GROUP, x.stride(), scratch.tile(), 0, sums, 0,
                STRIP);
          }
        }
        System.arraycopy(sums, 0, y, b * rows + strip * STRIP, width(strip));
      }
    }
  }

  private void check(Rows x) {
    if (x.columns() != columns) {
      throw new IllegalArgumentException(this + " does not fit an input of " + x.columns() + " columns");
    }
  }

  private long wordAt(int strip, int group) {
    return ((long) strip * groups + group) * wordsPerGroup() * STRIP;
  }

  /** Rows of a strip that are there. */
  private int width(int strip) {
    return Math.min(STRIP, rows - strip * STRIP);
  }

  private float[] factors(int strip, Scratch scratch) {
    float[] factors = scratch.scales(groups * STRIP);
    if (format.scaled()) {
      Kernels.scales(scales, (long) strip * groups * STRIP, groups * STRIP, factors);
    }
    return factors;
  }

  private void direct(Rows x, int from, int to, int strip, float[] y, Scratch scratch) {
    float[] factors = factors(strip, scratch);
    float[] sums = scratch.sums(4 * STRIP);
    Rows.Direct in = x.direct(from, to, format);
    for (int b = from, n; b < to; b += n) {
      n = Kernels.takesFourRows(format) && to - b >= 4 ? 4 : 1;
      Arrays.fill(sums, 0, n * STRIP, 0f);
      if (n == 4) {
        Kernels.fourRows(format, words, wordAt(strip, 0), groups, factors, in.values, b * x.stride(), x.stride(), in.starts,
            b * groups, scratch.partial, sums, 0);
      } else if (format.scaled()) {
        Kernels.strip(format, words, wordAt(strip, 0), groups, factors, in.values, b * x.stride(), in.starts, b * groups, sums, 0);
      } else {
        pieces(x, b, strip, sums, scratch);
      }
      for (int i = 0; i < n; i++) {
        System.arraycopy(sums, i * STRIP, y, (b + i) * rows + strip * STRIP, width(strip));
      }
    }
  }

  private void pieces(Rows x, int row, int strip, float[] sums, Scratch scratch) {
    for (int g = 0; g < groups; g += DEPTH_GROUPS) {
      Arrays.fill(scratch.piece, 0f);
      Kernels.strip(format, words, wordAt(strip, g), Math.min(DEPTH_GROUPS, groups - g), scratch.piece, x.values(),
          row * x.stride() + g * GROUP, scratch.piece, 0, scratch.piece, 0);
      Elements.add(sums, scratch.piece, 0, STRIP);
    }
  }

  private void shared(Rows x, int from, int to, int strip, float[] y, boolean halves, Scratch scratch) {
    float[] factors = factors(strip, scratch);
    boolean whole = width(strip) == STRIP;
    float[] out = whole ? y : scratch.sums((to - from) * STRIP);
    int at = whole ? from * rows + strip * STRIP : 0;
    int stride = whole ? rows : STRIP;
    for (int g = 0; g < groups; g += DEPTH_GROUPS) {
      int n = Math.min(DEPTH_GROUPS, groups - g);
      int in = from * x.stride() + g * GROUP;
      if (halves) {
        MatrixProduct.multiplyHalves(to - from, STRIP, n * GROUP, x.halves(from, to), in, x.stride(),
            pairs(strip, g, n, factors, scratch), out, at, stride, g > 0);
      } else {
        Kernels.unpack(format, words, wordAt(strip, g), n, factors, g * STRIP, scratch.tile());
        MatrixProduct.multiply(to - from, STRIP, n * GROUP, x.values(), in, x.stride(), scratch.tile(), 0, out, at, stride, g > 0);
      }
    }
    for (int b = 0; b < to - from && !whole; b++) {
      System.arraycopy(out, b * STRIP, y, (from + b) * rows + strip * STRIP, width(strip));
    }
  }

  /** Weights as pairs of halves: where they lie if that is what they are, or unpacked. */
  private MemorySegment pairs(int strip, int group, int count, float[] factors, Scratch scratch) {
    if (format == PanelFormat.BF16) {
      return words.asSlice(4 * wordAt(strip, group));
    }
    Kernels.unpackHalves(format, words, wordAt(strip, group), count, factors, group * STRIP, scratch.pairs());
    return MemorySegment.ofArray(scratch.pairs());
  }

  @Override
  public String toString() {
    return name + Arrays.toString(new int[] {rows, columns}) + " " + format;
  }
}
