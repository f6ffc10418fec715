// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.tensorboard;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class EventFileTest {
  @TempDir private Path folder;

  /** CRC-32C bit by bit (RFC 3720, appendix B.4), so that the check does not rest on what it checks. */
  private static int crc32c(byte[] data) {
    int crc = ~0;
    for (byte b : data) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ 0x82f63b78;
      }
    }
    return ~crc;
  }

  private static int masked(byte[] data) {
    int crc = crc32c(data);
    return (crc >>> 15 | crc << 17) + 0xa282ead8;
  }

  private static List<ByteBuffer> records(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<ByteBuffer> records = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertThat(in.getInt()).isEqualTo(masked(length));
      byte[] data = new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertThat(in.getInt()).isEqualTo(masked(data));
      records.add(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN));
    }
    return records;
  }

  private Path only() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().startsWith(EventFile.PREFIX))
          .reduce((a, b) -> {
            throw new AssertionError("two files: " + a + ", " + b);
          }).orElseThrow();
    }
  }

  @Test
  void theChecksumIsTheStandardOne() {
    // RFC 3720, appendix B.4: 32 zero bytes.
    assertThat(crc32c(new byte[32])).isEqualTo(0x8a9136aa);
    assertThat(EventFile.masked(new byte[32])).isEqualTo(masked(new byte[32]));
  }

  @Test
  void recordsHoldTheVersionAndThenEachStep() throws IOException {
    double before = System.currentTimeMillis() / 1000.0;
    try (EventFile events = EventFile.begin(folder, 0)) {
      events.scalars(300, Map.of("loss", 2.5));
    }
    List<ByteBuffer> records = records(only());
    assertThat(records).hasSize(2);
    ByteBuffer version = records.get(0);
    assertThat(version.get()).isEqualTo((byte) (1 << 3 | 1));
    assertThat(version.getDouble()).isBetween(before - 1, before + 60);
    assertThat(version.get()).isEqualTo((byte) (3 << 3 | 2));
    byte[] text = new byte[version.get()];
    version.get(text);
    assertThat(new String(text, StandardCharsets.US_ASCII)).isEqualTo("brain.Event:2");
    assertThat(version.hasRemaining()).isFalse();

    ByteBuffer step = records.get(1);
    step.position(9);
    assertThat(step.get()).isEqualTo((byte) (2 << 3));
    assertThat(step.get()).isEqualTo((byte) (300 & 0x7f | 0x80)); // 300 as a varint: AC 02
    assertThat(step.get()).isEqualTo((byte) 2);
    assertThat(step.get()).isEqualTo((byte) (5 << 3 | 2)); // Event.summary
    assertThat((int) step.get()).isEqualTo(step.remaining());
    assertThat(step.get()).isEqualTo((byte) (1 << 3 | 2)); // Summary.value
    assertThat((int) step.get()).isEqualTo(step.remaining());
    assertThat(step.get()).isEqualTo((byte) (1 << 3 | 2)); // Value.tag
    byte[] tag = new byte[step.get()];
    step.get(tag);
    assertThat(new String(tag, StandardCharsets.US_ASCII)).isEqualTo("loss");
    assertThat(step.get()).isEqualTo((byte) (2 << 3 | 5)); // Value.simple_value
    assertThat(step.getFloat()).isEqualTo(2.5f);
    assertThat(step.hasRemaining()).isFalse();
  }

  @Test
  void aNewRunReplacesTheOldOneAndAResumedOneSaysWhereItGoesOn() throws IOException {
    EventFile.begin(folder, 0).close();
    EventFile.begin(folder, 0).close();
    assertThat(records(only())).hasSize(1);
    Path first = only();
    EventFile.begin(folder, 7).close();
    Files.delete(first);
    ByteBuffer session = records(only()).get(1);
    session.position(9);
    byte[] rest = new byte[session.remaining()];
    session.get(rest);
    // Step 8, then SessionLog with status START.
    assertThat(rest).containsExactly(2 << 3, 8, 7 << 3 | 2, 2, 1 << 3, 1);
  }
}
