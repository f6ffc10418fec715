// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats;

import io.millrace.core.document.Document;
import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.formats.read.FileParsing;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** The files of the default domain that nobody writes by hand; {@code -Dmillrace.house=write} writes them anew. */
class HouseFilesTest {

  /** Slides bring the 24 kB of POI's template; all else is smaller than 10. */
  private static final int LARGEST = 32_000;

  @Test
  void sayWhatTheirMakerAndTheDomainSay() throws IOException {
    if ("write".equals(System.getProperty("millrace.house"))) {
      HouseFiles.write();
    }
    for (Map.Entry<String, byte[]> made : HouseFiles.made().entrySet()) {
      Path file = HouseFiles.PACK.resolve(made.getKey());
      assertThat(file).isRegularFile();
      assertThat(read(file.toString(), Files.readAllBytes(file)))
          .as("%s is out of date: mvn test -pl capability/formats -Dtest=HouseFilesTest -Dmillrace.house=write", made.getKey())
          .isEqualTo(read(file.toString(), made.getValue()));
      assertThat(Files.size(file)).as(made.getKey()).isLessThan(LARGEST);
    }
  }

  private static List<Document> read(String name, byte[] content) {
    Reading reading = FileParsing.read(content, new Place("house", name, "house", Instant.EPOCH), FormatLimits.DEFAULTS);
    assertThat(reading.lost()).isEmpty();
    assertThat(reading.documents()).allSatisfy(document -> assertThat(document.attributes()).doesNotContainKey("suspicious"));
    return reading.documents();
  }
}
