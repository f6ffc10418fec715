// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.guard.Reasons;

/** What the gateway says in its own words, in the language of the question. */
public enum Phrases {
  ENGLISH(
      "I cannot vouch for an answer of my own; this is what the closest sources say:",
      "This is not in the sources.",
      "You may look at these pages:",
      "I will not answer this: ",
      "There was not enough time for more."),
  CHINESE(
      "我无法给出有把握的回答，以下是最接近的资料原文：",
      "资料中没有相关内容。",
      "您可以看看这些页面：",
      "我不能回答这个问题：",
      "时间不足，未能给出更多内容。");

  private final String quoting;
  private final String nothing;
  private final String nearest;
  private final String refusing;
  private final String cutShort;

  Phrases(String quoting, String nothing, String nearest, String refusing, String cutShort) {
    this.quoting = quoting;
    this.nothing = nothing;
    this.nearest = nearest;
    this.refusing = refusing;
    this.cutShort = cutShort;
  }

  /** Returns the words in a language. */
  public static Phrases of(Language language) {
    return switch (language) {
      case ENGLISH -> ENGLISH;
      case CHINESE -> CHINESE;
    };
  }

  String quoting() {
    return quoting;
  }

  String nothing() {
    return nothing;
  }

  /** Returns what is said before pages that are near, though they do not answer. */
  String nearest() {
    return nearest;
  }

  /** Returns why something is not answered. */
  public String refusing(String reason) {
    return refusing + Reasons.in(this == CHINESE ? Language.CHINESE : Language.ENGLISH, reason);
  }

  String cutShort() {
    return cutShort;
  }

  /** Returns words in this language's quotation marks. */
  String quoted(String words) {
    return this == CHINESE ? "「" + words + "」" : "“" + words + "”";
  }
}
