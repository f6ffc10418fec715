// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * In which encoding a zip names its entries, told by the directory at its end, so that nothing is unpacked for it. Names that say
 * of themselves that they are UTF-8 (bit 11 of the flags) do not count. Source: PKWARE's APPNOTE 6.3, sections 4.3.12 and 4.3.16.
 */
final class ZipNames {

  private static final int END = 0x06054b50;
  private static final int END_LENGTH = 22;
  private static final int LONGEST_COMMENT = 0xFFFF;
  private static final int ENTRY = 0x02014b50;
  private static final int ENTRY_LENGTH = 46;
  private static final int UTF_8_FLAG = 1 << 11;

  /** On Chinese systems names are GBK; in the last one every name is valid. */
  private static final List<Charset> CANDIDATES =
      List.of(StandardCharsets.UTF_8, Charset.forName("GB18030"), StandardCharsets.ISO_8859_1);

  private ZipNames() {}

  /** Returns the first encoding in which all names are valid; UTF-8 where the directory is missing. */
  static Charset charset(byte[] zip) {
    List<ByteBuffer> names = undeclared(ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN));
    return CANDIDATES.stream().filter(charset -> names.stream().allMatch(name -> valid(name, charset))).findFirst().orElseThrow();
  }

  private static List<ByteBuffer> undeclared(ByteBuffer zip) {
    List<ByteBuffer> names = new ArrayList<>();
    int end = end(zip);
    if (end < 0) {
      return names;
    }
    // Counted from its end: in archives that unpack themselves its offset counts from elsewhere.
    long at = end - Integer.toUnsignedLong(zip.getInt(end + 12));
    while (at >= 0 && at + ENTRY_LENGTH <= end && zip.getInt((int) at) == ENTRY) {
      int entry = (int) at;
      int name = length(zip, entry + 28);
      if (entry + ENTRY_LENGTH + name > end) {
        break;
      }
      if ((length(zip, entry + 8) & UTF_8_FLAG) == 0) {
        names.add(zip.slice(entry + ENTRY_LENGTH, name));
      }
      at += ENTRY_LENGTH + name + length(zip, entry + 30) + length(zip, entry + 32);
    }
    return names;
  }

  /** Returns where the end of the directory is written, which only a comment may follow; -1 if nowhere. */
  private static int end(ByteBuffer zip) {
    int last = zip.limit() - END_LENGTH;
    for (int at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
      if (zip.getInt(at) == END) {
        return at;
      }
    }
    return -1;
  }

  private static int length(ByteBuffer zip, int at) {
    return Short.toUnsignedInt(zip.getShort(at));
  }

  private static boolean valid(ByteBuffer name, Charset charset) {
    try {
      charset.newDecoder().decode(name.duplicate());
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
