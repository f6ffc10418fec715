// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds encoded parts of a text and decodes them: base64, hexadecimal, escapes, binary, tags, rot13, reversal. */
final class Decoded {

  private static final int MOST_PARTS = 8;
  private static final int LONGEST_PART = 8_192;

  /** Characters that the longest encoded part takes: bytes in hexadecimal, each with two characters before it and one behind. */
  static final int LONGEST_FORM = LONGEST_PART / 2 * 5;

  // Quantifiers are bounded and possessive: time is linear in the input.
  private static final Pattern BASE64 =
      Pattern.compile("(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16," + LONGEST_PART + "}+={0,2}");
  private static final Pattern HEX =
      Pattern.compile("(?<![0-9A-Za-z])(?:(?:0x|\\\\x)?[0-9A-Fa-f]{2}[ ,]{0,1}){8," + LONGEST_PART / 2 + "}+");
  private static final Pattern BINARY = Pattern.compile("(?<![0-9])(?:[01]{8} ?){4,1024}+");
  private static final Pattern ESCAPE =
      Pattern.compile("\\\\u\\{?([0-9A-Fa-f]{4})\\}?|%([0-9A-Fa-f]{2})|&#x([0-9A-Fa-f]{2,6});|&#([0-9]{2,7});");

  /**
   * A decoded part.
   *
   * @param certain whether it decodes to text by design rather than being a guess that fits any text
   */
  record Part(String encoding, String text, boolean certain) {}

  private Decoded() {}

  /** Returns what was found; at most a few parts. */
  static List<Part> parts(String text) {
    List<Part> parts = new ArrayList<>();
    String tags = tags(text);
    if (!tags.isEmpty()) {
      parts.add(new Part("invisible tag characters", tags, true));
    }
    for (MatchResult match : first(BASE64, text)) {
      String decoded = base64(match.group());
      if (decoded != null) {
        parts.add(new Part("base64", decoded, true));
      }
    }
    for (MatchResult match : first(HEX, text)) {
      String digits = match.group().replaceAll("0x|\\\\x|[ ,]", "");
      String decoded = utf8(HexFormat.of().parseHex(digits.substring(0, digits.length() / 2 * 2)));
      if (decoded != null) {
        parts.add(new Part("hexadecimal", decoded, true));
      }
    }
    for (MatchResult match : first(BINARY, text)) {
      String decoded = binary(match.group());
      if (decoded != null) {
        parts.add(new Part("binary", decoded, true));
      }
    }
    if (text.indexOf('\\') >= 0 || text.indexOf('%') >= 0 || text.indexOf('&') >= 0) {
      String unescaped = unescape(text);
      if (!unescaped.equals(text)) {
        parts.add(new Part("escapes", unescaped, true));
      }
    }
    parts.add(new Part("rot13", rot13(text), false));
    parts.add(new Part("reversal", new StringBuilder(text).reverse().toString(), false));
    return parts;
  }

  private static List<MatchResult> first(Pattern pattern, String text) {
    List<MatchResult> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (found.size() < MOST_PARTS && matcher.find()) {
      found.add(matcher.toMatchResult());
    }
    return found;
  }

  private static @Nullable String base64(String token) {
    String standard = token.replace('-', '+').replace('_', '/').replace("=", "");
    if (standard.length() % 4 == 1) {
      standard = standard.substring(0, standard.length() - 1);
    }
    try {
      return utf8(Base64.getDecoder().decode(standard));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable String binary(String bits) {
    String digits = bits.replace(" ", "");
    byte[] bytes = new byte[digits.length() / 8];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(digits.substring(8 * i, 8 * i + 8), 2);
    }
    return utf8(bytes);
  }

  /** Returns the bytes as text, or null where they are not text that somebody wrote to be read. */
  private static @Nullable String utf8(byte[] bytes) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
    long readable =
        text.chars().filter(c -> Character.isLetterOrDigit(c) || c == ' ' || c == '\n' || ".,:;!?'\"-".indexOf(c) >= 0).count();
    return readable >= 6 && readable * 100 >= text.length() * 85L ? text : null;
  }

  private static String unescape(String text) {
    return ESCAPE
        .matcher(text)
        .replaceAll(
            m -> {
              String decimal = m.group(4);
              String hex = m.group(1) != null ? m.group(1) : m.group(2) != null ? m.group(2) : m.group(3);
              int c = decimal != null ? Integer.parseInt(decimal) : Integer.parseInt(hex, 16);
              return Character.isValidCodePoint(c) && c >= ' '
                  ? Matcher.quoteReplacement(Character.toString(c))
                  : " ";
            });
  }

  /** Returns what is written in the invisible tag characters U+E0020 to U+E007E, which mirror ASCII. */
  private static String tags(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c >= 0xE0020 && c <= 0xE007E) {
        out.append((char) (c - 0xE0000));
      }
    }
    return out.toString();
  }

  private static String rot13(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 'a' && c <= 'z') {
        out.append((char) ('a' + (c - 'a' + 13) % 26));
      } else if (c >= 'A' && c <= 'Z') {
        out.append((char) ('A' + (c - 'A' + 13) % 26));
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
