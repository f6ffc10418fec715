// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Texts of which a template wrote the structure and people wrote the rest: special tokens, and other tokens that look
 * like tags, mean themselves where the template put them, and are ordinary characters where people did.
 */
final class StructuredText {
  /** Stands within what looks like a special token in people's text; no character of Unicode, so no text needs it. */
  private static final String MARK = "\ufdd0";
  /**
   * Stands within what looks like a tag: what is before and behind it is encoded apart, or the tag would be found
   * again.
   */
  private static final String CUT = "\ufdd2";

  private final Tokenizer tokenizer;
  private final List<String> special;
  private final List<String> tags;
  private final Pattern any;

  StructuredText(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    // The longest first, since one token may begin like another.
    Comparator<String> longest = Comparator.comparingInt(String::length).reversed();
    special = tokenizer.specialTokens().keySet().stream().filter(token -> token.length() > 1).sorted(longest).toList();
    tags = tokenizer.tags().stream().sorted(longest).toList();
    any = special.isEmpty() && tags.isEmpty() ? Pattern.compile("(?!)")
        : Pattern.compile(Stream.concat(special.stream(), tags.stream()).map(Pattern::quote)
        .collect(Collectors.joining("|")));
  }

  /**
   * A text as the template may see it: longer if something in it looks like structure.
   *
   * @param meant tags that are structure in this text, too
   */
  String guarded(String text, Set<String> meant) {
    String guarded = text.replace(MARK, "\ufffd").replace(CUT, "\ufffd");
    for (String token : special) {
      guarded = guarded.replace(token, token.charAt(0) + MARK + token.substring(1));
    }
    for (String tag : tags) {
      guarded = meant.contains(tag) ? guarded : guarded.replace(tag, tag.charAt(0) + CUT + tag.substring(1));
    }
    return guarded;
  }

  /**
   * The ids of what the template wrote; where something in it was guarded, what lies between structure is encoded piece
   * by piece.
   */
  int[] encode(String text) {
    if (!text.contains(MARK) && !text.contains(CUT)) {
      return tokenizer.encodeWithSpecialTokens(text);
    }
    IntStream.Builder ids = IntStream.builder();
    Matcher token = any.matcher(text);
    int from = 0;
    while (token.find()) {
      plain(text.substring(from, token.start()), ids);
      IntStream.of(tokenizer.encodeWithSpecialTokens(token.group())).forEach(ids::add);
      from = token.end();
    }
    plain(text.substring(from), ids);
    return ids.build().toArray();
  }

  private void plain(String text, IntStream.Builder ids) {
    for (String part : text.replace(MARK, "").split(CUT, -1)) {
      if (!part.isEmpty()) {
        IntStream.of(tokenizer.encode(part)).forEach(ids::add);
      }
    }
  }
}
