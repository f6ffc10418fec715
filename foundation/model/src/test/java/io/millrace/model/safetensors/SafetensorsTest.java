// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SafetensorsTest {
  @TempDir
  Path folder;

  private Path sample() throws IOException {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, List.of(
        new TensorView("q", DType.I8, new long[] {3}, MemorySegment.ofArray(new byte[] {-1, 0, 127})),
        TensorView.ofFloats("a.weight", new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
        new TensorView("b", DType.BF16, new long[] {2}, MemorySegment.ofArray(new short[] {0x3f80, (short) 0xc000})),
        TensorView.ofFloats("empty", new float[0], 0, 4)), Map.of("format", "pt"));
    return file;
  }

  @Test
  void readsBackWhatWasWritten() throws IOException {
    try (SafetensorsFile f = SafetensorsFile.open(sample())) {
      assertThat(f.names()).containsExactly("a.weight", "b", "empty", "q");
      assertThat(f.tensor("a.weight").requireShape(2, 3).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(f.tensor("b").toFloats()).containsExactly(1f, -2f);
      assertThat(f.tensor("q").toFloats()).containsExactly(-1f, 0f, 127f);
      assertThat(f.tensor("empty").elements()).isZero();
      assertThat(f.metadata()).containsEntry("format", "pt");
      assertThat(f.tensor("a.weight").data().address() % 64).isZero();
      assertThatThrownBy(() -> f.tensor("c")).hasMessageContaining("no tensor c");
      assertThatThrownBy(() -> f.tensor("b").requireShape(3)).hasMessage("tensor b: expected shape [3], found [2]");
    }
  }

  @Test
  void readsTheFormatAsOthersWriteIt() throws IOException {
    Path file = raw("{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}  ", new byte[] {0, 0, -128, 63});
    try (SafetensorsFile f = SafetensorsFile.open(file)) {
      assertThat(f.tensor("t").toFloats()).containsExactly(1f);
    }
  }

  @Test
  void viewsDieWithTheFile() throws IOException {
    SafetensorsFile f = SafetensorsFile.open(sample());
    TensorView t = f.tensor("b");
    f.close();
    f.close();
    assertThatThrownBy(t::toFloats).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{\"t\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}} | tensor t: expected a dtype among",
      "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} | tensor t: expected 8 bytes for F32[2], found 4",
      "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | tensor t: expected data_offsets [begin, end] within 0..4, found [0,8]",
      "{\"t\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}} | expected non-negative integers, found -1",
      "{\"t\":{\"dtype\":\"F32\",\"shape\":[9000000000000000000,9],\"data_offsets\":[0,4]}} | overflows",
      "{\"t\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}} | expected to begin at 0, found 2 (hole)",
      "{\"t\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"u\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}} | tensor u: expected to begin at 3, found 2 (overlap)",
      "{\"t\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}} | expected 3 bytes of data, found 4",
      "{\"t\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"t\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}} | header is not JSON",
      "[1,2,3] | expected a JSON object as header",
      "{\"t\":7} | tensor t: expected a dtype among",
  })
  void refusesALyingHeaderAndSaysHow(String header, String message) throws IOException {
    Path file = raw(header, new byte[4]);
    assertThatThrownBy(() -> SafetensorsFile.open(file)).isInstanceOf(MalformedSafetensorsException.class)
        .hasMessageContaining(file.toString()).hasMessageContaining(message);
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    byte[] whole = Files.readAllBytes(sample());
    Path file = folder.resolve("torn.safetensors");
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SafetensorsFile.open(file)).isInstanceOf(MalformedSafetensorsException.class);
    }
  }

  @Test
  void neverReadsOutsideAGarbledFile() throws IOException {
    byte[] whole = Files.readAllBytes(sample());
    Random random = new Random(7);
    Path file = folder.resolve("garbled.safetensors");
    for (int round = 0; round < 2000; round++) {
      byte[] garbled = whole.clone();
      int header = 8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        garbled[random.nextInt(header)] = (byte) random.nextInt(256);
      }
      Files.write(file, garbled);
      try (SafetensorsFile f = SafetensorsFile.open(file)) {
        for (String name : f.names()) { // what is let through must be consistent and readable to its last byte
          TensorView t = f.tensor(name);
          assertThat(t.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).hasSize((int) t.spec().byteSize());
        }
      } catch (MalformedSafetensorsException refused) {
        assertThat(refused).hasMessageContaining("garbled.safetensors");
      }
    }
  }

  @Test
  void leavesTheOldFileWhenWritingIsAbandoned() throws IOException {
    Path file = sample();
    byte[] before = Files.readAllBytes(file);
    try (SafetensorsWriter w = SafetensorsWriter.create(file, List.of(new TensorSpec("x", DType.U8, 4)), Map.of())) {
      assertThatThrownBy(w::commit).hasMessageContaining("never written: [x]");
      assertThatThrownBy(() -> w.put("x", MemorySegment.ofArray(new byte[3]))).hasMessageContaining("expected 4 bytes");
      assertThatThrownBy(() -> w.put("y", MemorySegment.ofArray(new byte[3]))).hasMessageContaining("not declared");
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void joinsShardsByTheirIndex() throws IOException {
    SafetensorsWriter.write(folder.resolve("model-1.safetensors"),
        List.of(TensorView.ofFloats("a", new float[] {1}, 1)), Map.of());
    SafetensorsWriter.write(folder.resolve("model-2.safetensors"),
        List.of(TensorView.ofFloats("b", new float[] {2}, 1)), Map.of());
    index("model-1.safetensors", "model-2.safetensors");
    try (TensorSource source = TensorSource.openFolder(folder)) {
      assertThat(source.names()).containsExactly("a", "b");
      assertThat(source.tensor("b").toFloats()).containsExactly(2f);
    }
    index("model-1.safetensors", "model-1.safetensors");
    assertThatThrownBy(() -> TensorSource.openFolder(folder))
        .hasMessageContaining("tensor b: expected in shard model-1.safetensors");
    index("model-1.safetensors", "../model-2.safetensors");
    assertThatThrownBy(() -> TensorSource.openFolder(folder)).hasMessageContaining("plain file name");
  }

  @Test
  void namesTheMissingFile() {
    assertThatThrownBy(() -> TensorSource.openFolder(folder)).isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("model.safetensors");
  }

  private void index(String shardOfA, String shardOfB) throws IOException {
    Files.writeString(folder.resolve(TensorSource.INDEX),
        "{\"metadata\":{},\"weight_map\":{\"a\":\"" + shardOfA + "\",\"b\":\"" + shardOfB + "\"}}");
  }

  private Path raw(String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer b = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(json.length).put(json).put(data);
    return Files.write(folder.resolve("raw.safetensors"), b.array());
  }
}
