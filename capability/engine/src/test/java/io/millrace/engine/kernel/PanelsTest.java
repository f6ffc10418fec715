// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.model.safetensors.Codes;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.GroupInt4;
import io.millrace.model.safetensors.QuantisedMatrix;
import io.millrace.model.safetensors.TensorView;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class PanelsTest {
  private final Random random = new Random(3);

  private Panels panels(Arena arena, Team team, String format, int rows, int columns) {
    PanelPacker packer = new PanelPacker(arena, team);
    int groups = (columns + 31) / 32;
    return switch (format) {
      case "F32" -> packer.f32("m", rows, columns, MemorySegment.ofArray(gaussians(rows * columns)));
      case "BF16" -> packer.bf16("m", rows, columns, MemorySegment.ofArray(halves(gaussians(rows * columns))));
      case "INT8" -> packer.quantised("m", new QuantisedMatrix.Int8(bytes(rows, columns),
          new TensorView("s", DType.BF16, new long[] {rows, groups}, MemorySegment.ofArray(scales(rows * groups)))));
      case "INT8_OLD" -> packer.quantised("m",
          new QuantisedMatrix.Int8(bytes(rows, columns), TensorView.ofFloats("s", gaussians(rows * groups), rows, groups)));
      case "INT8_ROW" -> packer.quantised("m", new QuantisedMatrix.Int8(bytes(rows, columns),
          new TensorView("s", DType.BF16, new long[] {rows, 1}, MemorySegment.ofArray(scales(rows)))));
      default -> packer.quantised("m", new QuantisedMatrix.Int4(nibbles(rows, columns),
          new TensorView("s", DType.BF16, new long[] {rows, groups}, MemorySegment.ofArray(scales(rows * groups)))));
    };
  }

  private float[] gaussians(int n) {
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) random.nextGaussian();
    }
    return out;
  }

  private static short[] halves(float[] x) {
    short[] out = new short[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = (short) (Float.floatToIntBits(x[i]) >>> 16);
    }
    return out;
  }

  private short[] scales(int n) {
    float[] s = gaussians(n);
    for (int i = 0; i < n; i++) {
      s[i] /= 100;
    }
    return halves(s);
  }

  private TensorView bytes(int rows, int columns) {
    byte[] q = new byte[rows * columns];
    random.nextBytes(q);
    return new TensorView("m", DType.I8, new long[] {rows, columns}, MemorySegment.ofArray(q));
  }

  private TensorView nibbles(int rows, int columns) {
    Codes codes = new Codes(rows, columns, 32);
    for (int i = 0; i < codes.values().length; i++) {
      codes.values()[i] = (byte) (random.nextInt(16) - 8);
    }
    return new TensorView("m", DType.U8, new long[] {rows, GroupInt4.rowBytes(columns)},
        MemorySegment.ofArray(GroupInt4.pack(codes)));
  }

  @ParameterizedTest
  @CsvSource({"F32, 7, 64", "F32, 73, 41", "F32, 1, 3", "BF16, 9, 96", "BF16, 130, 51", "INT8, 64, 64", "INT8, 71, 172",
      "INT8, 5, 21", "INT8, 40, 1056", "INT8_ROW, 40, 100", "INT8_OLD, 33, 70", "INT4, 70, 96", "INT4, 3, 64",
      "INT4, 33, 1088"})
  void multipliesAsDoublePrecisionDoesAndAllWaysToTheSameBits(String format, int rows, int columns) {
    try (Arena arena = Arena.ofShared(); Team team = new Team(2)) {
      Panels m = panels(arena, team, format, rows, columns);
      Panels.Scratch scratch = new Panels.Scratch();
      for (int batch = 1; batch <= 9; batch++) {
        float[] values = gaussians(batch * columns);
        Rows x = new Rows(team).set(values, batch, columns);
        float[] direct = new float[batch * rows];
        float[] tiled = new float[batch * rows];
        float[] plain = new float[batch * rows];
        m.multiply(x, direct, 0, m.strips(), true, scratch);
        m.multiply(x, tiled, 0, m.strips(), false, scratch);
        m.reference(x, plain, 0, m.strips(), scratch);
        assertThat(direct).isEqualTo(plain);
        assertThat(tiled).isEqualTo(plain);
        for (int i = 0; i < plain.length; i++) {
          double expected = 0;
          double magnitude = 0;
          for (int c = 0; c < columns; c++) {
            double term = (double) m.at(i % rows, c) * values[i / rows * columns + c];
            expected += term;
            magnitude += Math.abs(term);
          }
          assertThat((double) plain[i]).isCloseTo(expected, within(1e-5 * magnitude + 1e-6));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"INT8, 0.004", "INT8_OLD, 0.004", "INT8_ROW, 0.004", "INT4, 1e-7"})
  void holdsTheWeightsThatAreStored(String format, double tolerance) {
    try (Arena arena = Arena.ofShared(); Team team = new Team(1)) {
      PanelPacker packer = new PanelPacker(arena, team);
      TensorView values = format.equals("INT4") ? nibbles(37, 96) : bytes(37, 96);
      TensorView scales = switch (format) {
        case "INT8_OLD" -> TensorView.ofFloats("s", gaussians(37 * 3), 37, 3);
        case "INT8_ROW" -> new TensorView("s", DType.BF16, new long[] {37, 1}, MemorySegment.ofArray(scales(37)));
        default -> new TensorView("s", DType.BF16, new long[] {37, 3}, MemorySegment.ofArray(scales(37 * 3)));
      };
      QuantisedMatrix stored = format.equals("INT4")
          ? new QuantisedMatrix.Int4(values, scales) : new QuantisedMatrix.Int8(values, scales);
      Panels m = packer.quantised("m", stored);
      float[] row = new float[96];
      for (int r = 0; r < 37; r++) {
        m.copyRow(r, row, 0);
        for (int c = 0; c < 96; c++) { // an older folder's scales are rounded up, so its values move by half a step
          float scale = scales.floatAt(r * scales.shape()[1] + (scales.shape()[1] == 1 ? 0 : c / 32));
          double half = format.equals("INT8_OLD") ? Math.abs(scale) * 1.01 : 0;
          assertThat((double) row[c]).isCloseTo(stored.at(r, c),
              within(half + tolerance * Math.abs(stored.at(r, c)) + 1e-9));
        }
      }
    }
  }
}
