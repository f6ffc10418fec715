// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.Language;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns statements into their denials and back, where that takes one word. */
final class Negation {

  private static final Pattern ENGLISH_DENIAL = Pattern.compile(" (?:not|never)\\b| no\\b");
  private static final Pattern ENGLISH_VERB =
      Pattern.compile("\\b(?:is|are|was|were|will|can|could|may|must|should|has been|have been)\\b");
  private static final Pattern CHINESE_DENIAL = Pattern.compile("不(?=[是会能可需支])|没有|未(?=[被能])");
  private static final Pattern CHINESE_VERB = Pattern.compile("是(?!否)|会(?=[在被将返抛])|能(?=够|被)|可以|需要|支持");

  private Negation() {}

  /** Returns the opposite statement; nothing where none of the usual verbs shows how to form it. */
  static Optional<String> turned(String sentence, Language language) {
    boolean english = language == Language.ENGLISH;
    Matcher denial = (english ? ENGLISH_DENIAL : CHINESE_DENIAL).matcher(sentence);
    if (denial.find()) {
      return Optional.of(sentence.substring(0, denial.start()) + sentence.substring(denial.end()));
    }
    Matcher verb = (english ? ENGLISH_VERB : CHINESE_VERB).matcher(sentence);
    if (!verb.find()) {
      return Optional.empty();
    }
    return Optional.of(
        english
            ? sentence.substring(0, verb.end()) + " not" + sentence.substring(verb.end())
            : sentence.substring(0, verb.start()) + "不" + sentence.substring(verb.start()));
  }
}
