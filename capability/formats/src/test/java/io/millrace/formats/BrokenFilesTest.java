// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Files of every kind, cut short and with bytes changed by chance: each one gives documents or a reason, and the next is read. */
class BrokenFilesTest {

  private static final int MUTATIONS = 24;

  @TempDir Path work;

  @Test
  void giveDocumentsOrReasonsAndHarmNoOther() throws Exception {
    Random random = new Random(20_25);
    try (SandboxedFormats formats = new SandboxedFormats(new FormatLimits(20, 256, 0, 0, 0, 0, 0, 0), 1)) {
      for (Map.Entry<String, byte[]> sample : Samples.all().entrySet()) {
        for (int i = 0; i < MUTATIONS; i++) {
          Reading reading = read(formats, sample.getKey(), i < 6 ? cut(sample.getValue(), i) : changed(sample.getValue(), random));

          assertThat(reading.documents().size() + reading.lost().size()).as("%s, mutation %d", sample.getKey(), i).isPositive();
          assertThat(reading.lost()).as("%s, mutation %d", sample.getKey(), i)
              .allSatisfy(letter -> assertThat(letter.reason()).isNotBlank().doesNotContain("limit seconds", "limit heapMegabytes", "exit status"));
        }
        assertThat(read(formats, sample.getKey(), sample.getValue()).documents()).as(sample.getKey()).isNotEmpty();
      }
    }
  }

  private Reading read(SandboxedFormats formats, String name, byte[] content) throws IOException {
    Path file = work.resolve(name);
    Files.write(file, content);
    return formats.read(file, new Place("guide", name, "guide", Instant.EPOCH));
  }

  /** The first sixth to the whole without its end; the empty file first. */
  private static byte[] cut(byte[] content, int sixths) {
    return Arrays.copyOf(content, content.length * sixths / 6);
  }

  private static byte[] changed(byte[] content, Random random) {
    byte[] changed = content.clone();
    int changes = 1 + random.nextInt(20);
    for (int i = 0; i < changes; i++) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
    }
    return changed;
  }
}
