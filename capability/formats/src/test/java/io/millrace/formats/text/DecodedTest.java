// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.text;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class DecodedTest {

  private static final String SIMPLIFIED = "水车把河水提到高处，谷物在两块石头之间磨成面粉。";
  private static final String TRADITIONAL = "水車把河水提到高處，穀物在兩塊石頭之間磨成麵粉。";

  @ParameterizedTest
  @CsvSource({
    "GBK," + SIMPLIFIED,
    "GB18030," + SIMPLIFIED,
    "Big5," + TRADITIONAL,
    "windows-1252,Die Mühle mahlt für die Bäckerei; déjà vu à l’école.",
    "windows-1251,Мельница мелет зерно для пекарни у реки каждый день."
  })
  void tellsTheEncodingOfTextsThatDoNotSayIt(String charset, String text) {
    Decoded decoded = Decoded.of(text.getBytes(Charset.forName(charset)));

    assertThat(decoded.text()).isEqualTo(text);
    assertThat(decoded.replaced()).isZero();
  }

  @Test
  void followsByteOrderMarks() throws Exception {
    ByteArrayOutputStream marked = new ByteArrayOutputStream();
    marked.write(new byte[] {(byte) 0xFF, (byte) 0xFE});
    marked.write(SIMPLIFIED.getBytes(StandardCharsets.UTF_16LE));

    assertThat(Decoded.of(marked.toByteArray()).text()).isEqualTo(SIMPLIFIED);
    assertThat(Decoded.of(("\uFEFF" + SIMPLIFIED).getBytes(StandardCharsets.UTF_16BE)).text()).isEqualTo(SIMPLIFIED);
    assertThat(Decoded.of(("\uFEFF" + SIMPLIFIED).getBytes(StandardCharsets.UTF_8)).text()).isEqualTo(SIMPLIFIED);
    assertThat(Decoded.of("Turns without a mark.".getBytes(StandardCharsets.UTF_16LE)).text()).isEqualTo("Turns without a mark.");
  }

  @Test
  void linesInAnotherEncodingAreDecodedByThemselves() throws Exception {
    ByteArrayOutputStream mixed = new ByteArrayOutputStream();
    mixed.write((SIMPLIFIED + "\n").getBytes(StandardCharsets.UTF_8));
    mixed.write((SIMPLIFIED + "\n").getBytes("GBK"));
    mixed.write("plain\n".getBytes(StandardCharsets.US_ASCII));

    Decoded decoded = Decoded.of(mixed.toByteArray());

    assertThat(decoded.text()).isEqualTo(SIMPLIFIED + "\n" + SIMPLIFIED + "\nplain\n");
    assertThat(decoded.encoding()).isEqualTo("UTF-8 with lines in GB18030");
  }

  @Test
  void damageIsReplacedAndCounted() {
    byte[] bytes = (SIMPLIFIED + "\n" + SIMPLIFIED).getBytes(StandardCharsets.UTF_8);
    bytes[bytes.length - 1] = (byte) 0xFF;

    Decoded decoded = Decoded.of(bytes);

    assertThat(decoded.text()).startsWith(SIMPLIFIED + "\n水车").contains("\uFFFD");
    assertThat(decoded.replaced()).isPositive();
    assertThat(decoded.encoding()).isEqualTo("UTF-8");
  }
}
