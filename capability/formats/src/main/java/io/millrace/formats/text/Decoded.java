// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.text;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes as text: by their byte order mark, as UTF-8 where they are, else in the encoding that {@link Encodings} guesses. Lines in
 * another encoding than their neighbours are decoded by themselves; what fits nowhere is replaced and counted.
 *
 * @param text without byte order mark
 * @param encoding the encoding's name, or several ones
 * @param replaced how many places could not be decoded and are U+FFFD now
 */
public record Decoded(String text, String encoding, int replaced) {

  /** Decodes bytes. */
  public static Decoded of(byte[] bytes) {
    Decoded marked = byMark(bytes);
    if (marked != null) {
      return marked;
    }
    // Before UTF-8, which allows the zeros between Latin letters of UTF-16.
    Charset wide = Encodings.withoutMark(bytes);
    if (wide != null) {
      return lenient(bytes, 0, wide);
    }
    String utf8 = strict(bytes, 0, bytes.length, StandardCharsets.UTF_8);
    if (utf8 != null) {
      return new Decoded(utf8, "UTF-8", 0);
    }
    return byLine(bytes);
  }

  /** Decodes bytes that say themselves how: believed unless they claim UTF-8, which is seen, or an unknown encoding. */
  public static Decoded of(byte[] bytes, @Nullable String declared) {
    Decoded marked = byMark(bytes);
    if (marked != null || declared == null) {
      return marked != null ? marked : of(bytes);
    }
    try {
      Charset charset = Charset.forName(declared.equalsIgnoreCase("gb2312") || declared.equalsIgnoreCase("gbk") ? "GB18030" : declared);
      return charset.equals(StandardCharsets.UTF_8) || !charset.canEncode() || wide(charset) ? of(bytes) : lenient(bytes, 0, charset);
    } catch (IllegalArgumentException e) {
      return of(bytes);
    }
  }

  /** A page whose declaration could be read as ASCII is in none of these. */
  private static boolean wide(Charset charset) {
    return charset.name().startsWith("UTF-16") || charset.name().startsWith("UTF-32");
  }

  private static @Nullable Decoded byMark(byte[] bytes) {
    if (starts(bytes, 0xEF, 0xBB, 0xBF)) {
      return lenient(bytes, 3, StandardCharsets.UTF_8);
    }
    if (starts(bytes, 0xFF, 0xFE, 0, 0)) {
      return lenient(bytes, 4, StandardCharsets.UTF_32LE);
    }
    if (starts(bytes, 0, 0, 0xFE, 0xFF)) {
      return lenient(bytes, 4, StandardCharsets.UTF_32BE);
    }
    if (starts(bytes, 0xFF, 0xFE)) {
      return lenient(bytes, 2, StandardCharsets.UTF_16LE);
    }
    if (starts(bytes, 0xFE, 0xFF)) {
      return lenient(bytes, 2, StandardCharsets.UTF_16BE);
    }
    if (starts(bytes, 0x84, 0x31, 0x95, 0x33)) {
      return lenient(bytes, 4, Charset.forName("GB18030"));
    }
    return null;
  }

  private static boolean starts(byte[] bytes, int... mark) {
    if (bytes.length < mark.length) {
      return false;
    }
    for (int i = 0; i < mark.length; i++) {
      if ((bytes[i] & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  /** Lines that are UTF-8 with more than ASCII stay so; the others' encoding is guessed from all of them together. */
  private static Decoded byLine(byte[] bytes) {
    byte[] others = new byte[bytes.length];
    int size = 0;
    boolean utf8 = false;
    for (int from = 0; from < bytes.length; ) {
      int to = lineEnd(bytes, from);
      if (strict(bytes, from, to, StandardCharsets.UTF_8) == null) {
        System.arraycopy(bytes, from, others, size, to - from);
        size += to - from;
      } else {
        utf8 |= !ascii(bytes, from, to);
      }
      from = to;
    }
    // A stray byte in a line of UTF-8 is damage, not another encoding.
    boolean damaged = utf8 && malformed(others, size) * 20 < nonAscii(others, size);
    Charset other = damaged ? StandardCharsets.UTF_8 : Encodings.guess(Arrays.copyOf(others, size));
    if (!utf8 || damaged) {
      return lenient(bytes, 0, other);
    }
    StringBuilder text = new StringBuilder(bytes.length);
    int replaced = 0;
    for (int from = 0; from < bytes.length; ) {
      int to = lineEnd(bytes, from);
      String line = strict(bytes, from, to, StandardCharsets.UTF_8);
      if (line == null) {
        Decoded decoded = lenient(Arrays.copyOfRange(bytes, from, to), 0, other);
        replaced += decoded.replaced();
        line = decoded.text();
      }
      text.append(line);
      from = to;
    }
    return new Decoded(text.toString(), "UTF-8 with lines in " + other.name(), replaced);
  }

  private static int lineEnd(byte[] bytes, int from) {
    int to = from;
    while (to < bytes.length && bytes[to] != '\n') {
      to++;
    }
    return Math.min(bytes.length, to + 1);
  }

  private static boolean ascii(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }

  private static int nonAscii(byte[] bytes, int size) {
    int count = 0;
    for (int i = 0; i < size; i++) {
      count += bytes[i] < 0 ? 1 : 0;
    }
    return count;
  }

  private static int malformed(byte[] bytes, int size) {
    return lenient(Arrays.copyOf(bytes, size), 0, StandardCharsets.UTF_8).replaced();
  }

  static @Nullable String strict(byte[] bytes, int from, int to, Charset charset) {
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static Decoded lenient(byte[] bytes, int from, Charset charset) {
    CharsetDecoder decoder =
        charset.newDecoder().onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
    CharBuffer out = CharBuffer.allocate((int) (in.remaining() * (double) decoder.maxCharsPerByte()) + 16);
    int replaced = 0;
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (result.isUnderflow()) {
        break;
      }
      if (result.isOverflow()) {
        CharBuffer larger = CharBuffer.allocate(out.capacity() * 2);
        larger.put(out.flip());
        out = larger;
        continue;
      }
      in.position(in.position() + Math.min(result.length(), in.remaining()));
      if (out.remaining() == 0) {
        CharBuffer larger = CharBuffer.allocate(out.capacity() * 2);
        larger.put(out.flip());
        out = larger;
      }
      out.put('\uFFFD');
      replaced++;
    }
    return new Decoded(out.flip().toString(), charset.name(), replaced);
  }
}
