// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.text;

import org.apache.tika.parser.txt.CharsetDetector;
import org.apache.tika.parser.txt.CharsetMatch;
import org.jspecify.annotations.Nullable;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Arrays;
import java.util.Set;

/**
 * Guesses the encoding of bytes that are not UTF-8. Chinese is told by where the commonest characters lie: GB2312 put them at
 * lead bytes B0 to D7, Big5 at A4 to C6. What that does not decide is left to ICU's statistics, as they come with Tika.
 */
final class Encodings {

  private static final int SAMPLE = 64 * 1024;

  private static final int LEAST = 20;

  /** Central European is believed only where it is so much likelier than Western: short texts look like both. */
  private static final int MARGIN = 20;

  private static final Set<String> WESTERN = Set.of("ISO-8859-1", "windows-1252");
  private static final Set<String> CENTRAL = Set.of("ISO-8859-2", "windows-1250");

  /** What ICU may find; its other guesses are rarer than its mistakes. */
  private static final Set<String> KNOWN =
      Set.of(
          "Big5", "GB18030", "EUC-JP", "EUC-KR", "Shift_JIS", "ISO-2022-JP", "KOI8-R", "windows-1251", "windows-1252", "windows-1250",
          "ISO-8859-1", "ISO-8859-2", "ISO-8859-5", "ISO-8859-7", "windows-1253", "windows-1256");

  private Encodings() {}

  /** Returns UTF-16 where every other byte is zero, else null. */
  static @Nullable Charset withoutMark(byte[] bytes) {
    int length = Math.min(bytes.length, SAMPLE) & ~1;
    int even = 0;
    int odd = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == 0) {
        if (i % 2 == 0) {
          even++;
        } else {
          odd++;
        }
      }
    }
    if (length < 4) {
      return null;
    }
    if (odd * 5 > length && even * 20 < length) {
      return StandardCharsets.UTF_16LE;
    }
    return even * 5 > length && odd * 20 < length ? StandardCharsets.UTF_16BE : null;
  }

  /** Guesses; windows-1252 where nothing says otherwise, since it decodes nearly every byte. */
  static Charset guess(byte[] bytes) {
    byte[] sample = bytes.length > SAMPLE ? Arrays.copyOf(bytes, SAMPLE) : bytes;
    double simplified = share(sample, 0xB0, 0xD7, 0xA1);
    double traditional = share(sample, 0xA4, 0xC6, 0x40);
    if (Math.max(simplified, traditional) > 0.6) {
      return Charset.forName(simplified >= traditional ? "GB18030" : "Big5");
    }
    int western = 0;
    CharsetMatch best = null;
    for (CharsetMatch match : new CharsetDetector().setText(sample).detectAll()) {
      if (WESTERN.contains(match.getName())) {
        western = Math.max(western, match.getConfidence());
      }
      if (best == null && match.getConfidence() >= LEAST && KNOWN.contains(match.getName())) {
        best = match;
      }
    }
    if (best == null || WESTERN.contains(best.getName()) || CENTRAL.contains(best.getName()) && best.getConfidence() - western < MARGIN) {
      return Charset.forName("windows-1252");
    }
    try {
      return Charset.forName(best.getName());
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return Charset.forName("windows-1252");
    }
  }

  /** The share of pairs whose lead byte is a common character's, of all bytes beyond ASCII; 0 where they do not come in pairs. */
  private static double share(byte[] bytes, int first, int last, int leastTrail) {
    int pairs = 0;
    int common = 0;
    for (int i = 0; i < bytes.length; i++) {
      int lead = bytes[i] & 0xFF;
      if (lead < 0x80) {
        continue;
      }
      int trail = i + 1 < bytes.length ? bytes[i + 1] & 0xFF : 0;
      pairs++;
      if (trail >= 0x40) {
        common += lead >= first && lead <= last && trail >= leastTrail ? 1 : 0;
        // Punctuation (A1 to A3 in both) says nothing.
        pairs -= lead >= 0xA1 && lead <= 0xA3 ? 1 : 0;
        i++;
      }
    }
    return pairs == 0 ? 0 : common / (double) pairs;
  }
}
