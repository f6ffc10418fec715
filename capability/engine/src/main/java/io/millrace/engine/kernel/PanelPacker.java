// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.model.safetensors.Bf16;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.GroupInt4;
import io.millrace.model.safetensors.QuantisedMatrix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Lays stored weights out as {@link Panels}, sharing the work among a team. */
public final class PanelPacker {
  private static final ValueLayout.OfInt LE_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Turns signed fields into unsigned ones of 128 more, but for the highest. */
  private static final int BIASES = 0x00808080;

  private final Arena arena;
  private final Team team;

  /** Packs into memory of an arena. */
  public PanelPacker(Arena arena, Team team) {
    this.arena = arena;
    this.team = team;
  }

  /** Words by row and place in the row; where a row ends within a word, the fields beyond hold zero. */
  private interface Words {
    int at(int row, int word);
  }

  /** Floats, row by row. */
  public Panels f32(String name, int rows, int columns, MemorySegment data) {
    return pack(name, PanelFormat.F32, rows, columns, MemorySegment.NULL, 0,
        (r, w) -> w < columns ? data.get(LE_INT, 4 * ((long) r * columns + w)) : 0);
  }

  /** Upper halves of floats, row by row. */
  public Panels bf16(String name, int rows, int columns, MemorySegment data) {
    return pack(name, PanelFormat.BF16, rows, columns, MemorySegment.NULL, 0, (r, w) -> {
      long at = 2 * ((long) r * columns + 2L * w);
      if (2 * w + 1 < columns) {
        return data.get(LE_INT, at);
      }
      return 2 * w < columns ? data.get(LE_SHORT, at) & 0xFFFF : 0;
    });
  }

  /**
   * Eight or four bits, row by row.
   *
   * <p>Scales in floats, as older folders have them, are rounded up to their upper halves, and values to the nearest step of
   * that: less than a value's own rounding.
   */
  public Panels quantised(String name, QuantisedMatrix from) {
    return switch (from) {
      case QuantisedMatrix.Int8 m -> m.scales().dtype() == DType.BF16
          ? int8(name, m.rows(), m.columns(), m.values().data(), m.scales().data(), (int) m.scales().shape()[1])
          : rescaled(name, m);
      case QuantisedMatrix.Int4 m -> int4(name, m.rows(), m.columns(), m.values().data(), m.scales().data());
    };
  }

  private Panels int8(
      String name, int rows, int columns, MemorySegment data, MemorySegment scales, int scalesPerRow) {
    return pack(name, PanelFormat.INT8, rows, columns, scales, scalesPerRow, (r, w) -> {
      long at = (long) r * columns + 4L * w;
      int word = 0;
      if (4 * w + 3 < columns) {
        word = data.get(LE_INT, at);
      } else {
        for (int k = 0; 4 * w + k < columns; k++) {
          word |= (data.get(ValueLayout.JAVA_BYTE, at + k) & 0xFF) << 8 * k;
        }
      }
      return word ^ BIASES;
    });
  }

  private Panels int4(String name, int rows, int columns, MemorySegment data, MemorySegment scales) {
    long width = GroupInt4.rowBytes(columns);
    return pack(name, PanelFormat.INT4, rows, columns, scales, columns / Panels.GROUP, (r, w) -> {
      // Eight neighbours are the same nibble of a block's eight words.
      long block = r * width + w / 8 * GroupInt4.BLOCK_BYTES;
      int word = 0;
      for (int j = 0; j < 8; j++) {
        word |= (data.get(LE_INT, block + 4 * j) >>> 4 * (w % 8) & 15) << 4 * j;
      }
      return word ^ 0x80000000; // takes 8 off the highest field again
    });
  }

  private Panels rescaled(String name, QuantisedMatrix.Int8 m) {
    int groups = Rows.groups(m.columns());
    int stored = (int) m.scales().shape()[1];
    short[] halves = new short[Math.multiplyExact(m.rows(), groups)];
    for (int i = 0; i < halves.length; i++) {
      halves[i] = Bf16.bits(Bf16.away(m.scales().floatAt((long) i / groups * stored + (stored == 1 ? 0 : i % groups))));
    }
    return pack(name, PanelFormat.INT8, m.rows(), m.columns(), MemorySegment.ofArray(halves), groups, (r, w) -> {
      float scale = Bf16.value(halves[r * groups + 4 * w / Panels.GROUP]);
      int word = 0;
      for (int k = 0; k < 4 && 4 * w + k < m.columns() && scale != 0; k++) {
        word |= (Math.round(m.at(r, 4 * w + k) / scale) & 0xFF) << 8 * k;
      }
      return word ^ BIASES;
    });
  }

  private Panels pack(String name, PanelFormat format, int rows, int columns, MemorySegment scales, int scalesPerRow, Words from) {
    int groups = Rows.groups(columns);
    int strips = (rows + Panels.STRIP - 1) / Panels.STRIP;
    long lanes = (long) strips * groups * Panels.STRIP;
    int wordsPerRow = groups * Panels.GROUP / format.perWord();
    MemorySegment words = OffHeap.allocate(arena, (long) strips * wordsPerRow * Panels.STRIP * 4);
    MemorySegment packedScales = format.scaled() ? OffHeap.allocate(arena, lanes * 2) : MemorySegment.NULL;
    team.run(strips, 1, lanes < 4096, (first, end, thread) -> {
      for (int r = first * Panels.STRIP; r < Math.min(rows, end * Panels.STRIP); r++) {
        long at = (long) (r / Panels.STRIP) * wordsPerRow * Panels.STRIP + r % Panels.STRIP;
        for (int w = 0; w < wordsPerRow; w++) {
          words.setAtIndex(ValueLayout.JAVA_INT, at + (long) w * Panels.STRIP, from.at(r, w));
        }
        if (format.scaled()) {
          scales(r, groups, scales, scalesPerRow, packedScales);
        }
      }
    });
    return new Panels(name, format, rows, columns, words, packedScales);
  }

  private static void scales(int r, int groups, MemorySegment from, int perRow, MemorySegment to) {
    for (int g = 0; g < groups; g++) {
      to.setAtIndex(ValueLayout.JAVA_SHORT, ((long) (r / Panels.STRIP) * groups + g) * Panels.STRIP + r % Panels.STRIP,
          from.get(LE_SHORT, 2 * ((long) r * perRow + (perRow == 1 ? 0 : g))));
    }
  }
}
