// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.text;

import java.util.ArrayList;
import java.util.List;

/**
 * A text without the characters that smuggle words past readers: tags (U+E0000 to U+E007F), which spell ASCII invisibly, and long
 * runs of zero-width characters or variation selectors, which encode bits. Single ones are ordinary typography and stay.
 *
 * @param visible the text without them
 * @param hidden what they spell, or how many there were; empty where there are none
 * @param how what hides it; empty where nothing does
 */
public record InvisibleText(String visible, String hidden, String how) {

  /** Shorter runs occur in ordinary text: joiners between emoji, selectors behind Han characters. */
  private static final int SHORTEST_RUN = 8;

  private static final int BLACK_FLAG = 0x1F3F4;

  /** Splits a text. */
  public static InvisibleText of(String text) {
    if (text.chars().noneMatch(c -> c == 0xDB40 || zeroWidth(c) || selector(c))) {
      return new InvisibleText(text, "", "");
    }
    int[] all = text.codePoints().toArray();
    StringBuilder visible = new StringBuilder(text.length());
    StringBuilder hidden = new StringBuilder();
    List<String> how = new ArrayList<>();
    for (int i = 0; i < all.length; ) {
      int end = i;
      while (end < all.length && tag(all[end])) {
        end++;
      }
      boolean flag = i > 0 && all[i - 1] == BLACK_FLAG;
      if (end > i && !flag) {
        for (int k = i; k < end; k++) {
          hidden.append(all[k] < 0xE0020 || all[k] == 0xE007F ? ' ' : (char) (all[k] - 0xE0000));
        }
        note(how, "tag characters");
        i = end;
        continue;
      }
      end = Math.max(end, i);
      while (end < all.length && (zeroWidth(all[end]) || selector(all[end]))) {
        end++;
      }
      if (end - i >= SHORTEST_RUN && !flag) {
        hidden.append('[').append(end - i).append(" zero-width characters]");
        note(how, "zero-width characters");
        i = end;
        continue;
      }
      end = Math.max(end, i + 1);
      for (int k = i; k < end; k++) {
        visible.appendCodePoint(all[k]);
      }
      i = end;
    }
    return new InvisibleText(visible.toString(), hidden.toString(), String.join(", ", how));
  }

  private static void note(List<String> how, String what) {
    if (!how.contains(what)) {
      how.add(what);
    }
  }

  private static boolean tag(int c) {
    return c >= 0xE0000 && c <= 0xE007F;
  }

  private static boolean zeroWidth(int c) {
    return c >= 0x200B && c <= 0x200F || c >= 0x2060 && c <= 0x2064 || c == 0xFEFF || c == 0x180E;
  }

  private static boolean selector(int c) {
    return c >= 0xFE00 && c <= 0xFE0F || c >= 0xE0100 && c <= 0xE01EF;
  }
}
