// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Lays stored weights out as {@link Panels}, sharing the work among a team. */
public final class PanelPacker {
  private static final ValueLayout.OfInt LE_INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
    return pack(name, PanelFormat.F32, rows, columns, MemorySegment.NULL,
        (r, w) -> w < columns ? data.get(LE_INT, 4 * ((long) r * columns + w)) : 0);
  }

  /** Upper halves of floats, row by row. */
  public Panels bf16(String name, int rows, int columns, MemorySegment data) {
    return pack(name, PanelFormat.BF16, rows, columns, MemorySegment.NULL, (r, w) -> {
      long at = 2 * ((long) r * columns + 2L * w);
      if (2 * w + 1 < columns) {
        return data.get(LE_INT, at);
      }
      return 2 * w < columns ? data.get(LE_SHORT, at) & 0xFFFF : 0;
    });
  }

  /**
   * Eight bits, row by row.
   *
   * @param scales upper halves of floats: [rows, groups]
   */
  public Panels int8(String name, int rows, int columns, MemorySegment data, MemorySegment scales) {
    return pack(name, PanelFormat.INT8, rows, columns, scales, (r, w) -> {
      long at = (long) r * columns + 4L * w;
      int word = 0;
      if (4 * w + 3 < columns) {
        word = data.get(LE_INT, at);
      } else {
        for (int k = 0; 4 * w + k < columns; k++) {
          word |= (data.get(ValueLayout.JAVA_BYTE, at + k) & 0xFF) << 8 * k;
        }
      }
      return word ^ 0x00808080; // adds 128 to all fields but the highest
    });
  }

  private Panels pack(String name, PanelFormat format, int rows, int columns, MemorySegment scales, Words from) {
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
          scales(r, groups, scales, packedScales);
        }
      }
    });
    return new Panels(name, format, rows, columns, words, packedScales);
  }

  private static void scales(int r, int groups, MemorySegment from, MemorySegment to) {
    for (int g = 0; g < groups; g++) {
      to.setAtIndex(ValueLayout.JAVA_SHORT, ((long) (r / Panels.STRIP) * groups + g) * Panels.STRIP + r % Panels.STRIP,
          from.get(LE_SHORT, 2 * ((long) r * groups + g)));
    }
  }
}
