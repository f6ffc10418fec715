// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A named rule on inputs.
 *
 * @param name {@code family.what}, for example {@code injection.ignore-instructions}
 * @param reason what such an input tries to do, for the person who reads the verdict
 * @param raw whether it looks at the input as written instead of at its normalised views: for delimiters, which
 *     normalisation would wash away
 * @param patterns any of them; gaps are bounded, so that matching is linear in the input
 */
record Rule(String name, String reason, boolean raw, List<Pattern> patterns) {

  Rule {
    patterns = List.copyOf(patterns);
  }

  /** A rule on normalised views: lower case, single spaces. */
  static Rule of(String name, String reason, String... patterns) {
    return new Rule(name, reason, false, List.of(patterns).stream().map(Pattern::compile).toList());
  }

  /** A rule on the input as written, whatever its case. */
  static Rule ofRaw(String name, String reason, String... patterns) {
    return new Rule(
        name,
        reason,
        true,
        List.of(patterns).stream().map(p -> Pattern.compile(p, Pattern.CASE_INSENSITIVE)).toList());
  }

  /** Returns the family, for example {@code injection}. */
  String family() {
    return name.substring(0, name.indexOf('.'));
  }

  /** Returns the words that match, or null. */
  @Nullable String match(String text) {
    for (Pattern pattern : patterns) {
      Matcher matcher = pattern.matcher(text);
      if (matcher.find()) {
        return matcher.group();
      }
    }
    return null;
  }
}
