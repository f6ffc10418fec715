// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Text that a template writes around people's contents, in which the special tokens of contents stay ordinary characters:
 * a mark stands before each of them.
 */
final class MarkedText {
  /** Unicode's characters that mean nothing, U+FDD0 to U+FDEF. */
  private static final int FIRST_MARK = 0xFDD0;

  private static final int MARKS = 32;

  private final Tokenizer tokenizer;
  private final List<String> special;
  private final char mark;

  /** Chooses a mark that stands in none of the texts. */
  MarkedText(Tokenizer tokenizer, List<String> texts) {
    this.tokenizer = tokenizer;
    this.special = tokenizer.specialTokens().keySet().stream()
        .sorted((a, b) -> Integer.compare(b.length(), a.length())).toList();
    this.mark = (char) IntStream.range(FIRST_MARK, FIRST_MARK + MARKS)
        .filter(candidate -> texts.stream().noneMatch(text -> text.indexOf(candidate) >= 0)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("a dialogue contains all of Unicode's 32 characters from U+FDD0 on"));
  }

  /** A content with a mark before whatever would be a special token. */
  String guard(String content) {
    StringBuilder guarded = new StringBuilder();
    for (int i = 0; i < content.length(); i++) {
      if (!at(content, i).isEmpty()) {
        guarded.append(mark);
      }
      guarded.append(content.charAt(i));
    }
    return guarded.toString();
  }

  /** The special token that a text has at a place, or nothing. */
  private String at(String text, int place) {
    return special.stream().filter(token -> text.startsWith(token, place)).findFirst().orElse("");
  }

  /** Where the next special token that is no content begins, or -1. */
  int next(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      if (text.charAt(i) == mark) {
        i++;
      } else if (!at(text, i).isEmpty()) {
        return i;
      }
    }
    return -1;
  }

  /** The special token at a place where {@link #next} found one. */
  String token(String text, int place) {
    return at(text, place);
  }

  /** The text that a person reads. */
  String plain(String text) {
    return text.replace(String.valueOf(mark), "");
  }

  /** The ids, of which only those outside of contents are special. */
  int[] encode(String text) {
    if (text.indexOf(mark) < 0) {
      return tokenizer.encodeWithSpecialTokens(text);
    }
    List<int[]> parts = new ArrayList<>();
    int from = 0;
    for (int at = next(text, 0); at >= 0; at = next(text, from)) {
      parts.add(ordinary(text.substring(from, at)));
      String token = at(text, at);
      parts.add(new int[] {tokenizer.find(token).orElseThrow()});
      from = at + token.length();
    }
    parts.add(ordinary(text.substring(from)));
    return parts.stream().flatMapToInt(IntStream::of).toArray();
  }

  private int[] ordinary(String text) {
    return text.isEmpty() ? new int[0] : tokenizer.encode(plain(text));
  }
}
