// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A text without the characters that smuggle words past readers: tags (U+E0000 to U+E007F), which spell ASCII invisibly, and long
 * runs of zero-width characters, direction marks or variation selectors, which encode bits. Single ones are ordinary typography and stay.
 *
 * @param visible the text without them
 * @param hidden what they spell, or how many there were; empty where there are none
 * @param how what hides it; empty where nothing does
 */
public record InvisibleText(String visible, String hidden, String how) {

  /** Shorter runs occur in ordinary text: joiners between emoji, selectors behind Han characters. */
  private static final int SHORTEST_RUN = 8;

  private static final int BLACK_FLAG = 0x1F3F4;

  /** The tags behind a black flag that make it a region's: a code of six letters at most, and the mark that ends it. */
  private static final int LONGEST_FLAG = 7;

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
      int tags = end(all, i, InvisibleText::tag);
      int end = tags > i ? tags : Math.max(i + 1, end(all, i, c -> zeroWidth(c) || selector(c)));
      if (tags > i && !flag(all, i, tags)) {
        spell(all, i, tags, hidden);
        note(how, "tag characters");
      } else if (tags == i && end - i >= SHORTEST_RUN) {
        hidden.append('[').append(end - i).append(" zero-width characters]");
        note(how, "zero-width characters");
      } else {
        visible.append(new String(all, i, end - i));
      }
      i = end;
    }
    return new InvisibleText(visible.toString(), hidden.toString(), String.join(", ", how));
  }

  /** Returns where characters of a kind end that begin at a place; the place itself where there are none. */
  private static int end(int[] all, int from, IntPredicate kind) {
    int end = from;
    while (end < all.length && kind.test(all[end])) {
      end++;
    }
    return end;
  }

  private static boolean flag(int[] all, int from, int to) {
    return from > 0 && all[from - 1] == BLACK_FLAG && to - from <= LONGEST_FLAG;
  }

  private static void spell(int[] all, int from, int to, StringBuilder words) {
    for (int i = from; i < to; i++) {
      words.append(all[i] < 0xE0020 || all[i] == 0xE007F ? ' ' : (char) (all[i] - 0xE0000));
    }
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
    return c >= 0x200B && c <= 0x200F || c >= 0x202A && c <= 0x202E || c >= 0x2060 && c <= 0x206F || c == 0xFEFF || c == 0x180E;
  }

  private static boolean selector(int c) {
    return c >= 0xFE00 && c <= 0xFE0F || c >= 0xE0100 && c <= 0xE01EF;
  }
}
