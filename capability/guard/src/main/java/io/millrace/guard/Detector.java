// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Finds one kind of secret or personal data: a pattern that proposes and a check that decides. Patterns use bounded
 * possessive quantifiers, so that time is linear in the input, and never match square brackets, so that a label is
 * never found again.
 *
 * @param kind for example {@code email}; the label is the kind in square brackets
 * @param needed what a text has wherever the pattern matches; cheap, since it is asked of every text
 * @param pattern group 1 is what is replaced where there is one, else the whole match
 * @param check whether a proposal is one
 */
record Detector(String kind, Predicate<Traits> needed, Pattern pattern, Predicate<MatchResult> check) {

  static Detector of(String kind, Predicate<Traits> needed, String pattern, Predicate<MatchResult> check) {
    return new Detector(kind, needed, Pattern.compile(pattern), check);
  }

  static Detector of(String kind, Predicate<Traits> needed, String pattern) {
    return of(kind, needed, pattern, match -> true);
  }
}
