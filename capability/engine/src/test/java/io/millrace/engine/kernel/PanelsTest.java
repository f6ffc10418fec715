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
import static org.assertj.core.api.Assumptions.assumeThat;

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
      "INT4, 33, 1088", "F32, 20, 2100", "BF16, 65, 3072", "INT8, 64, 2048", "INT4, 64, 1056"})
  void multipliesAsDoublePrecisionDoesAndAllWaysToTheSameBits(String format, int rows, int columns) {
    try (Arena arena = Arena.ofShared(); Team team = new Team(2)) {
      Panels m = panels(arena, team, format, rows, columns);
      Panels.Scratch scratch = new Panels.Scratch();
      for (int batch = 1; batch <= 9; batch++) {
        float[] values = gaussians(batch * columns);
        Rows x = new Rows().set(values, batch, columns);
        float[] direct = new float[batch * rows];
        float[] shared = new float[batch * rows];
        float[] plainDirect = new float[batch * rows];
        float[] plain = new float[batch * rows];
        x.prepare(Panels.Way.DIRECT, m.format(), 0, batch, team);
        m.multiply(x, 0, batch, direct, 0, m.strips(), Panels.Way.DIRECT, scratch);
        m.multiply(x, 0, batch, shared, 0, m.strips(), Panels.Way.SHARED, scratch);
        m.reference(x, plainDirect, 0, m.strips(), Panels.Way.DIRECT, scratch);
        m.reference(x, plain, 0, m.strips(), Panels.Way.SHARED, scratch);
        assertThat(direct).isEqualTo(plainDirect);
        assertThat(shared).isEqualTo(plain);
        for (int i = 0; i < plain.length; i++) {
          double expected = 0;
          double magnitude = 0;
          for (int c = 0; c < columns; c++) {
            double term = (double) m.at(i % rows, c) * values[i / rows * columns + c];
            expected += term;
            magnitude += Math.abs(term);
          }
          assertThat((double) plain[i]).isCloseTo(expected, within(1e-5 * magnitude + 1e-6));
          assertThat((double) direct[i]).isCloseTo(expected, within(1e-5 * magnitude + 1e-6));
        }
      }
    }
  }

  /** In halves, where the processor multiplies them: near double precision, and the same alone as among many. */
  @ParameterizedTest
  @CsvSource({"BF16, 130, 96", "BF16, 64, 2100", "INT8, 71, 172", "INT8, 64, 1056", "INT4, 70, 96", "INT4, 64, 2048"})
  void multipliesHalvesTheSameInEveryCompany(String format, int rows, int columns) {
    try (Arena arena = Arena.ofShared(); Team team = new Team(2)) {
      Panels m = panels(arena, team, format, rows, columns);
      assumeThat(m.halves()).isTrue();
      Panels.Scratch scratch = new Panels.Scratch();
      int batch = 71;
      Rows x = new Rows().set(gaussians(batch * columns), batch, columns);
      float[] all = new float[batch * rows];
      x.prepare(Panels.Way.HALVES, m.format(), 0, batch, team);
      m.multiply(x, 0, batch, all, 0, m.strips(), Panels.Way.HALVES, scratch);
      float[] exact = new float[batch * rows];
      m.reference(x, exact, 0, m.strips(), Panels.Way.SHARED, scratch);
      float[] some = new float[batch * rows];
      for (int from = 0, n = 1; from < batch; from += n, n = Math.min(2 * n + 1, batch - from)) {
        x.prepare(Panels.Way.HALVES, m.format(), from, from + n, team);
        m.multiply(x, from, from + n, some, 0, m.strips(), Panels.Way.HALVES, scratch);
      }
      assertThat(some).isEqualTo(all);
      double error = 0;
      double size = 0;
      for (int i = 0; i < all.length; i++) {
        error += Math.pow(all[i] - exact[i], 2);
        size += Math.pow(exact[i], 2);
      }
      assertThat(Math.sqrt(error / size)).isLessThan(0.004).isPositive(); // two roundings of 2^-9 at most each
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
