// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.HashMap;
import java.util.Map;

/**
 * Folds characters that look like others onto the ones that our rules are written with: letters of other alphabets
 * and small capitals onto Latin letters, frequent traditional Han characters onto simplified ones. The idea is the
 * skeleton of Unicode Technical Standard #39, section 4; the table holds only what occurs in attacks on English and
 * Chinese readers, since a full skeleton would also fold ordinary text.
 */
final class Confusables {

  private static final Map<Integer, Integer> FOLD = new HashMap<>();

  static {
    pairs("аɑα", "a");
    pairs("ЬЪвВʙΒ", "b");
    pairs("сϲСᴄ", "c");
    pairs("ԁᴅ", "d");
    pairs("еёэЕΕєεᴇ", "e");
    pairs("ꜰғϝ", "f");
    pairs("ɡɢԌ", "g");
    pairs("һНΗʜн", "h");
    pairs("іїІΙιɪıӏ", "i");
    pairs("јЈᴊ", "j");
    pairs("кКΚκᴋ", "k");
    pairs("ʟ", "l");
    pairs("мМΜᴍ", "m");
    pairs("ոпΝɴη", "n");
    pairs("оОοΟσօᴏ", "o");
    pairs("рРρΡᴘ", "p");
    pairs("ԛ", "q");
    pairs("гʀ", "r");
    pairs("ѕЅꜱ", "s");
    pairs("тТΤτᴛ", "t");
    pairs("υսᴜ", "u");
    pairs("ѵνᴠ", "v");
    pairs("ԝωшᴡ", "w");
    pairs("хХΧχ", "x");
    pairs("уУΥγʏ", "y");
    pairs("ᴢΖ", "z");
    each("規則設統詞請輸從現個無視這說們開發當為裡顯應對話內製彈藥過記憶扮爾條件系實譯複製轉換關閉變",
        "规则设统词请输从现个无视这说们开发当为里显应对话内制弹药过记忆扮尔条件系实译复制转换关闭变");
    // Negative squared and regional indicator letters stay letters under no normalisation form.
    for (int i = 0; i < 26; i++) {
      FOLD.put(0x1F130 + i, 'a' + i);
      FOLD.put(0x1F150 + i, 'a' + i);
      FOLD.put(0x1F170 + i, 'a' + i);
      FOLD.put(0x1F1E6 + i, 'a' + i);
    }
  }

  private Confusables() {}

  /** Returns the character that a reader takes this one for; itself for all ordinary characters. */
  static int fold(int codePoint) {
    if (codePoint < 0x80) {
      return codePoint;
    }
    Integer folded = FOLD.get(codePoint);
    return folded == null ? codePoint : folded;
  }

  private static void pairs(String lookalikes, String latin) {
    lookalikes.codePoints().forEach(c -> FOLD.put(c, (int) latin.charAt(0)));
  }

  private static void each(String from, String to) {
    int[] a = from.codePoints().toArray();
    int[] b = to.codePoints().toArray();
    if (a.length != b.length) {
      throw new IllegalStateException(a.length + " characters cannot be folded onto " + b.length);
    }
    for (int i = 0; i < a.length; i++) {
      FOLD.put(a[i], b[i]);
    }
  }
}
