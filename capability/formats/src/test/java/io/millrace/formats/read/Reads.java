// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.core.document.Document;
import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

import static org.assertj.core.api.Assertions.assertThat;

/** Files read in this process, for tests of what is made of them. */
final class Reads {

  private Reads() {}

  static Reading reading(String name, byte[] content) {
    return reading(name, content, FormatLimits.DEFAULTS);
  }

  static Reading reading(String name, byte[] content, FormatLimits limits) {
    return FileParsing.read(content, new Place("guide", name, "guide", Instant.EPOCH), limits);
  }

  static Document one(String name, byte[] content) {
    Reading reading = reading(name, content);
    assertThat(reading.lost()).isEmpty();
    assertThat(reading.documents()).hasSize(1);
    return reading.documents().getFirst();
  }

  static Document one(String name, String content) {
    return one(name, content.getBytes(StandardCharsets.UTF_8));
  }
}
