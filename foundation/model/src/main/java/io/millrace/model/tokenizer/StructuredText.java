// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Texts of which a template wrote the structure and people wrote the rest: special tokens mean themselves where the
 * template put them, and are ordinary characters where people did.
 */
final class StructuredText {
  /** Stands within what looks like a special token in people's text; no character of Unicode, so no text needs it. */
  private static final String MARK = "\ufdd0";

  private final Tokenizer tokenizer;
  private final List<String> tokens;
  private final Pattern any;

  StructuredText(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    // The longest first, since one token may begin like another.
    tokens = tokenizer.specialTokens().keySet().stream().filter(token -> token.length() > 1)
        .sorted(Comparator.comparingInt(String::length).reversed()).toList();
    any = tokens.isEmpty() ? Pattern.compile("(?!)") : Pattern.compile(tokens.stream().map(Pattern::quote).collect(Collectors.joining("|")));
  }

  /** A text as the template may see it: longer if something in it looks like a special token. */
  String guarded(String text) {
    String guarded = text.replace(MARK, "\ufffd");
    for (String token : tokens) {
      guarded = guarded.replace(token, token.charAt(0) + MARK + token.substring(1));
    }
    return guarded;
  }

  /**
   * The ids of what the template wrote.
   *
   * @param forged whether something in it was guarded; then what lies between special tokens is encoded piece by piece
   */
  int[] encode(String text, boolean forged) {
    if (!forged) {
      return tokenizer.encodeWithSpecialTokens(text);
    }
    IntStream.Builder ids = IntStream.builder();
    Matcher token = any.matcher(text);
    int from = 0;
    while (token.find()) {
      plain(text.substring(from, token.start()), ids);
      tokenizer.find(token.group()).ifPresent(ids::add);
      from = token.end();
    }
    plain(text.substring(from), ids);
    return ids.build().toArray();
  }

  private void plain(String text, IntStream.Builder ids) {
    if (!text.isEmpty()) {
      IntStream.of(tokenizer.encode(text.replace(MARK, ""))).forEach(ids::add);
    }
  }
}
