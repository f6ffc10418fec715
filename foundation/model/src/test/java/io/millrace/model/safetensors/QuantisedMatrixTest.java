// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import io.millrace.core.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class QuantisedMatrixTest {
  @TempDir
  Path folder;

  private static Codes random(int rows, int columns, int group, int smallest, int largest) {
    Random random = new Random(columns);
    Codes codes = new Codes(rows, columns, group);
    for (int i = 0; i < codes.values().length; i++) {
      codes.values()[i] = (byte) random.nextInt(smallest, largest + 1);
    }
    for (int i = 0; i < codes.scales().length; i++) {
      codes.scales()[i] = Bf16.nearest((float) random.nextGaussian() / 100);
    }
    return codes;
  }

  private TensorSource written(WeightFormat format, Codes codes) throws IOException {
    Path file = folder.resolve(TensorSource.FILE);
    try (SafetensorsWriter writer =
        SafetensorsWriter.create(file, format.specs("m", codes.rows(), codes.columns()), Map.of())) {
      format.write(writer, "m", codes);
      writer.commit();
    }
    return TensorSource.openFolder(folder);
  }

  @ParameterizedTest
  @CsvSource({"INT8, 7, 64", "INT8, 3, 41", "INT8, 1, 1", "INT8_ROW, 5, 100", "INT8_ROW, 2, 32", "INT4, 6, 128",
      "INT4, 3, 32", "INT4, 4, 96", "INT4, 1, 704"})
  void givesBackExactlyWhatWasStored(WeightFormat format, int rows, int columns) throws IOException {
    int largest = format == WeightFormat.INT4 ? 7 : 127;
    int smallest = format == WeightFormat.INT4 ? -8 : -127;
    Codes codes = random(rows, columns, format.group(columns), smallest, largest);
    try (TensorSource source = written(format, codes)) {
      QuantisedMatrix matrix = QuantisedMatrix.find(source, "m").orElseThrow();
      assertThat(matrix.rows()).isEqualTo(rows);
      assertThat(matrix.columns()).isEqualTo(columns);
      float[] all = matrix.toFloats();
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          assertThat(all[r * columns + c]).isEqualTo(codes.at(r, c)).isEqualTo(matrix.at(r, c));
        }
      }
    }
  }

  /** The layout in words, as a kernel reads it, against the layout by column, as it is described. */
  @Test
  void eightNeighboursAreHadByOneShiftOfEightWords() {
    Codes codes = random(3, 160, 32, -8, 7);
    ByteBuffer words = ByteBuffer.wrap(GroupInt4.pack(codes)).order(ByteOrder.LITTLE_ENDIAN);
    for (int r = 0; r < 3; r++) {
      for (int block = 0; block < 3; block++) {
        for (int k = 0; k < 8; k++) {
          for (int j = 0; j < 8; j++) {
            int column = 64 * block + 8 * k + j;
            int word = words.getInt(r * 96 + block * 32 + 4 * j);
            int expected = column < 160 ? codes.values()[r * 160 + column] : 0;
            assertThat((word >>> 4 * k & 15) - 8).isEqualTo(expected);
          }
        }
      }
    }
  }

  @Test
  void readsScalesOfOlderFoldersInF32() throws IOException {
    float[] scales = {0.1f, 0.3f};
    SafetensorsWriter.write(folder.resolve(TensorSource.FILE), List.of(
        new TensorView("m", DType.I8, new long[] {2, 3}, MemorySegment.ofArray(new byte[] {1, -2, 3, 127, 0, -127})),
        TensorView.ofFloats("m_scale", scales, 2, 1)), Map.of());
    try (TensorSource source = TensorSource.openFolder(folder)) {
      assertThat(QuantisedMatrix.find(source, "m").orElseThrow().toFloats())
          .containsExactly(0.1f, -2 * 0.1f, 3 * 0.1f, 127 * 0.3f, 0, -127 * 0.3f);
    }
  }

  @Test
  void leavesMatricesOfFloatsToOthers() throws IOException {
    SafetensorsWriter.write(
        folder.resolve(TensorSource.FILE), List.of(TensorView.ofFloats("m", new float[2], 1, 2)), Map.of());
    try (TensorSource source = TensorSource.openFolder(folder)) {
      assertThat(QuantisedMatrix.find(source, "m")).isEmpty();
      assertThatThrownBy(() -> QuantisedMatrix.find(source, "n")).hasMessageContaining("no tensor n");
    }
  }

  @Test
  void refusesScalesThatDoNotFit() throws IOException {
    SafetensorsWriter.write(folder.resolve(TensorSource.FILE), List.of(
        new TensorView("wide", DType.U8, new long[] {2, 32}, MemorySegment.ofArray(new byte[64])),
        new TensorView("wide_scale", DType.BF16, new long[] {2, 3}, MemorySegment.ofArray(new short[6])),
        new TensorView("bytes", DType.I8, new long[] {2, 64}, MemorySegment.ofArray(new byte[128])),
        new TensorView("bytes_scale", DType.BF16, new long[] {2, 3}, MemorySegment.ofArray(new short[6])),
        new TensorView("odd", DType.I8, new long[] {1, 4}, MemorySegment.ofArray(new byte[4])),
        new TensorView("odd_scale", DType.I8, new long[] {1, 1}, MemorySegment.ofArray(new byte[1]))), Map.of());
    try (TensorSource source = TensorSource.openFolder(folder)) {
      assertThatThrownBy(() -> QuantisedMatrix.find(source, "wide")).hasMessageContaining("wide: expected shape [2, 64]");
      assertThatThrownBy(() -> QuantisedMatrix.find(source, "bytes"))
          .hasMessageContaining("bytes_scale: expected shape [2, 2], found [2, 3]");
      assertThatThrownBy(() -> QuantisedMatrix.find(source, "odd")).hasMessageContaining("scales in BF16 or F32");
    }
  }

  @Test
  void refusesToPackWhatFourBitsCannotHold() {
    assertThatThrownBy(() -> GroupInt4.pack(new Codes(1, 40, 32))).hasMessageContaining("40 columns");
    assertThatThrownBy(() -> GroupInt4.pack(new Codes(1, 64, 64))).hasMessageContaining("groups of 64");
    Codes codes = new Codes(2, 32, 32);
    codes.values()[33] = 8;
    assertThatThrownBy(() -> GroupInt4.pack(codes)).hasMessageContaining("value 8 in row 1, column 1");
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1, 1.0000001f, 3.1415927f, -2.7182817f, 1e-40f, 1e-45f, 3.3e38f, 0.0078125f})
  void bf16RoundsToTheNearestOrAwayFromZero(float value) {
    float away = Bf16.away(value);
    assertThat(Math.abs(away)).isGreaterThanOrEqualTo(Math.abs(value));
    assertThat(Float.floatToIntBits(away) & 0xffff).isZero();
    float nearest = Bf16.nearest(value);
    assertThat(Bf16.value(Bf16.bits(value))).isEqualTo(nearest);
    float toward = Float.intBitsToFloat(Float.floatToIntBits(value) & 0xffff0000);
    assertThat(Math.abs(nearest - value)).isEqualTo(Math.min(Math.abs(away - value), Math.abs(toward - value)));
  }

  @Test
  void formatsAreDescribedInTheConfigurationAndReadBack() {
    for (WeightFormat format : WeightFormat.values()) {
      ObjectNode config = Json.mapper().createObjectNode();
      format.describe(config);
      assertThat(WeightFormat.of(config)).isEqualTo(format);
    }
    assertThat(WeightFormat.INT4.forColumns(172)).isEqualTo(WeightFormat.INT8);
    assertThatThrownBy(() -> WeightFormat.of(Json.tree("{\"quantization_config\":{\"quant_method\":\"gptq\"}}".getBytes())))
        .hasMessageContaining("group-int4").hasMessageContaining("gptq");
  }
}
