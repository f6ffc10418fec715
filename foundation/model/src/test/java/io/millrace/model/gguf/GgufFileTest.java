// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GgufFileTest {
  @TempDir private Path folder;

  @Test
  void theBytesAreThoseOfTheFormat() throws Exception {
    Path file = folder.resolve("a.gguf");
    try (GgufWriter writer = GgufWriter.create(file, Map.of("k", GgufValue.count(5)),
        List.of(new GgufTensor("t", GgufType.F32, 2, 3)))) {
      writer.put("t", 0, MemorySegment.ofArray(new byte[24]));
      writer.commit();
    }
    ByteBuffer expected = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    expected.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(1).putLong(1);
    expected.putLong(1).put((byte) 'k').putInt(4).putInt(5);
    // Two dimensions, the fastest first; type 0; offset 0. Then zeros up to 96, 24 bytes of data, zeros up to 128.
    expected.putLong(1).put((byte) 't').putInt(2).putLong(3).putLong(2).putInt(0).putLong(0);
    assertThat(Files.readAllBytes(file)).isEqualTo(expected.array());
  }

  @Test
  void everyKindOfValueAndTensorComesBack() throws Exception {
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("u8", new GgufValue.Whole(GgufKind.U8, 255));
    metadata.put("i8", new GgufValue.Whole(GgufKind.I8, -128));
    metadata.put("u16", new GgufValue.Whole(GgufKind.U16, 65_535));
    metadata.put("i16", new GgufValue.Whole(GgufKind.I16, -3));
    metadata.put("u32", GgufValue.count(4_000_000_000L));
    metadata.put("i32", new GgufValue.Whole(GgufKind.I32, -7));
    metadata.put("u64", new GgufValue.Whole(GgufKind.U64, -1));
    metadata.put("i64", new GgufValue.Whole(GgufKind.I64, Long.MIN_VALUE));
    metadata.put("f32", GgufValue.real(0.1));
    metadata.put("f64", new GgufValue.Real(GgufKind.F64, Math.PI));
    metadata.put("flag", GgufValue.flag(true));
    metadata.put("text", GgufValue.text("naïve 文档"));
    metadata.put("texts", GgufValue.texts(List.of("", "b c", "😀")));
    metadata.put("nested", new GgufValue.Sequence(
        GgufKind.ARRAY, List.of(GgufValue.wholes(1, -2), GgufValue.reals(1.5))));
    List<GgufTensor> tensors = Arrays.stream(GgufType.values())
        .map(type -> new GgufTensor(type.name(), type, 3, 256)).toList();
    float[] values = new float[768];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 96 - 40;
    }
    Path file = folder.resolve("all.gguf");
    try (GgufWriter writer = GgufWriter.create(file, metadata, tensors)) {
      for (GgufTensor tensor : tensors.reversed()) {
        MemorySegment data = MemorySegment.ofArray(new byte[(int) tensor.byteSize()]);
        tensor.type().encode(values, data);
        writer.put(tensor.name(), 0, data.asSlice(0, 34));
        writer.put(tensor.name(), 34, data.asSlice(34));
      }
      writer.commit();
    }
    try (GgufFile gguf = GgufFile.open(file)) {
      assertThat(gguf.metadata()).containsExactlyEntriesOf(metadata);
      assertThat(gguf.tensors().values()).containsExactlyElementsOf(tensors);
      for (GgufType type : List.of(GgufType.F32, GgufType.F16, GgufType.BF16)) {
        assertThat(gguf.floats(type.name())).containsExactly(values);
      }
      assertThat(gguf.floats("Q8_0")).usingComparatorWithPrecision(55 / 254f + 0.02f).containsExactly(values);
      long first = gguf.data("F32").address();
      gguf.tensors().keySet().forEach(name -> assertThat((gguf.data(name).address() - first) % 32).isZero());
    }
  }

  @Test
  void aFileThatEndsTooEarlyIsRefusedWhereverItEnds() throws Exception {
    Path file = folder.resolve("whole.gguf");
    try (GgufWriter writer = GgufWriter.create(file, Map.of("texts", GgufValue.texts(List.of("abc", "def"))),
        List.of(new GgufTensor("t", GgufType.F32, 8)))) {
      writer.put("t", 0, MemorySegment.ofArray(new byte[32]));
      writer.commit();
    }
    byte[] whole = Files.readAllBytes(file);
    Path torn = folder.resolve("torn.gguf");
    for (int length = 0; length < whole.length; length++) {
      Files.write(torn, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> GgufFile.open(torn).close()).as("%d bytes", length)
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("torn.gguf");
    }
  }

  @Test
  void nothingAppearsUnlessEveryByteWasWritten() throws Exception {
    Path file = folder.resolve("b.gguf");
    try (GgufWriter writer = GgufWriter.create(file, Map.of(), List.of(new GgufTensor("t", GgufType.F16, 4)))) {
      writer.put("t", 0, MemorySegment.ofArray(new byte[6]));
      assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class).hasMessageContaining("{t=2}");
      assertThatThrownBy(() -> writer.put("t", 6, MemorySegment.ofArray(new byte[4]))).hasMessageContaining("8 bytes");
      assertThatThrownBy(() -> writer.put("u", 0, MemorySegment.ofArray(new byte[4]))).hasMessageContaining("u was not declared");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void roundingIsToTheNearestAndValuesThatDoNotFitAreRefused() {
    float[] ties = {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, -1 - 0x1.8p-8f, 0x1.fffffep-1f};
    MemorySegment half = MemorySegment.ofArray(new byte[8]);
    GgufType.BF16.encode(ties, half);
    assertThat(GgufType.BF16.decode(half)).containsExactly(1, 1 + 0x1p-6f, -1 - 0x1p-7f, 1);
    assertThatThrownBy(() -> GgufType.F16.encode(new float[] {0, 70_000}, half))
        .hasMessageContaining("element 1 is 70000.0").hasMessageContaining("BF16");
    assertThatThrownBy(() -> GgufType.BF16.encode(new float[] {Float.NaN}, half)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new GgufTensor("t", GgufType.Q8_0, 2, 33)).hasMessageContaining("33");
  }
}
