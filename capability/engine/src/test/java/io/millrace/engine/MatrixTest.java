// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.GroupInt8;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class MatrixTest {
  @ParameterizedTest
  @CsvSource({"F32, 7, 64", "F32, 13, 41", "F32, 1, 3", "BF16, 9, 96", "BF16, 6, 50", "I8, 8, 64", "I8, 11, 172",
      "I8, 5, 20"})
  void multipliesAsDoublePrecisionDoes(DType type, int rows, int columns) {
    Random random = new Random(3);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate((long) rows * columns * type.bytes());
      for (long i = 0; i < (long) rows * columns; i++) {
        switch (type) {
          case F32 -> data.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) random.nextGaussian());
          case BF16 -> data.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i,
              (short) (Float.floatToIntBits((float) random.nextGaussian()) >> 16));
          default -> data.setAtIndex(ValueLayout.JAVA_BYTE, i, (byte) (random.nextInt(255) - 127));
        }
      }
      int groups = GroupInt8.groups(columns);
      MemorySegment scales = arena.allocate(4L * rows * groups);
      for (long i = 0; i < (long) rows * groups; i++) {
        scales.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, random.nextFloat() / 100);
      }
      Matrix m = switch (type) {
        case F32 -> new F32Matrix("m", rows, columns, data);
        case BF16 -> new Bf16Matrix("m", rows, columns, data);
        default -> new Int8Matrix("m", rows, columns, data, scales);
      };
      for (int batch = 1; batch <= 9; batch++) {
        float[] x = new float[batch * columns];
        for (int i = 0; i < x.length; i++) {
          x[i] = (float) random.nextGaussian();
        }
        float[] fast = new float[batch * rows];
        float[] plain = new float[batch * rows];
        m.multiply(x, batch, fast, 0, rows);
        m.multiplyPlain(x, batch, plain, 0, rows);
        for (int i = 0; i < fast.length; i++) {
          double expected = 0;
          for (int c = 0; c < columns; c++) {
            expected += (double) m.at(i % rows, c) * x[i / rows * columns + c];
          }
          assertThat((double) fast[i]).isCloseTo(expected, within(1e-4));
          assertThat((double) plain[i]).isCloseTo(expected, within(1e-4));
        }
      }
    }
  }
}
