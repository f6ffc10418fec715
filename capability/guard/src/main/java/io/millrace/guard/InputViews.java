// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads an input in all the ways in which a language model might: evasions are undone before anything is judged.
 * The plain view has compatibility forms, invisible characters, accents and look-alikes folded; further views have
 * letter spacing closed, leetspeak folded and encoded parts decoded. Work is linear in the input: decoded parts are
 * limited in number, length and depth. The evasions are those surveyed by Hackett et al. 2025, "Bypassing Prompt
 * Injection and Jailbreak Detection in LLM Guardrails" (arXiv:2504.11168).
 */
final class InputViews {

  private static final int DEEPEST = 2;
  private static final int MOST_VIEWS = 40;

  private InputViews() {}

  /** Returns the views, the plain one first; no two have the same text. */
  static List<InputView> of(String text) {
    Map<String, InputView> views = new LinkedHashMap<>();
    add(views, text, "", true, 0);
    return List.copyOf(views.values());
  }

  /** Returns the plain view's text. */
  static String plain(String text) {
    return collapse(fold(text));
  }

  private static void add(Map<String, InputView> views, String raw, String origin, boolean written, int depth) {
    String folded = fold(raw);
    String plain = collapse(folded);
    put(views, new InputView(origin.isEmpty() ? "plain" : origin, plain, written));
    String prefix = origin.isEmpty() ? "" : origin + ", ";
    String unspaced = Spacing.close(folded);
    put(views, new InputView(prefix + "letter spacing closed", collapse(unspaced), written));
    boolean heavy = written && Leetspeak.isHeavy(plain);
    for (char one : Leetspeak.readingsOfOne(plain)) {
      put(views, new InputView(prefix + "leetspeak", Leetspeak.fold(collapse(unspaced), one), heavy));
    }
    if (depth == DEEPEST) {
      return;
    }
    for (Decoded.Part part : Decoded.parts(raw)) {
      // A guess within a guess is a third reading of noise.
      if (views.size() < MOST_VIEWS && (part.certain() || written)) {
        add(views, part.text(), prefix + part.encoding(), written && part.certain(), depth + 1);
      }
    }
  }

  private static void put(Map<String, InputView> views, InputView view) {
    if (!view.text().isBlank()) {
      views.putIfAbsent(view.text(), view);
    }
  }

  /** Folds compatibility forms, accents, invisible characters and look-alikes; keeps white space as it is. */
  private static String fold(String text) {
    String decomposed = Normalizer.normalize(text, Normalizer.Form.NFKD);
    StringBuilder out = new StringBuilder(decomposed.length());
    for (int i = 0; i < decomposed.length(); ) {
      int c = decomposed.codePointAt(i);
      i += Character.charCount(c);
      int type = Character.getType(c);
      if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK || isInvisible(c, type)) {
        continue;
      }
      out.appendCodePoint(Confusables.fold(c));
    }
    return Normalizer.normalize(out, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
  }

  private static boolean isInvisible(int c, int type) {
    return type == Character.FORMAT
        || type == Character.UNASSIGNED
        || c == 0x115F
        || c == 0x1160
        || c == 0x3164
        || (type == Character.CONTROL && c != '\n' && c != '\t' && c != '\r');
  }

  private static String collapse(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean space = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
        if (!space) {
          out.append(' ');
        }
        space = true;
      } else {
        out.append(c == '’' || c == '‘' || c == '`' ? '\'' : c);
        space = false;
      }
    }
    return out.toString().strip();
  }

  /** Returns the input cut into overlapping windows, so that a short attack is not diluted by a long text. */
  static List<String> windows(String text, int length, int overlap) {
    if (text.length() <= length + overlap) {
      return List.of(text);
    }
    List<String> windows = new ArrayList<>();
    for (int from = 0; from < text.length() - overlap; from += length - overlap) {
      windows.add(text.substring(from, Math.min(text.length(), from + length)));
    }
    return windows;
  }
}
