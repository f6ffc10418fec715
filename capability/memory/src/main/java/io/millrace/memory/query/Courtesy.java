// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import java.util.regex.Pattern;

/** Turns of a dialogue that speak of nothing: thanks, greetings, assent. */
final class Courtesy {

  /** Longer turns say something besides. */
  private static final int LONGEST = 80;

  private static final Pattern ENGLISH =
      Pattern.compile(
          "(?:(?:thank you|thanks|thx|cheers|ok|okay|great|cool|nice|perfect|good|fine|right|excellent|awesome|wonderful|brilliant|got it|i see|understood|yes|yeah|yep|no|nope|sure"
              + "|hello|hi|hey|bye|goodbye|please|sorry|wow|good (?:morning|evening|day)|makes sense|never mind|that|this|it|is|was|did|works|worked|helps|helped|makes|sense|a lot|so much|very much"
              + "|very|really|for|the|your|help|all|then|now|again|clear|helpful|useful|what i (?:needed|wanted))(?:[\\s,.!:)(]+|$))+",
          Pattern.CASE_INSENSITIVE);

  /** Without these an English turn is none, whatever its other words: "that works" has "it works" beside it, "for the help" has nobody. */
  private static final Pattern ENGLISH_MARK =
      Pattern.compile(
          "\\b(?:thank|thanks|thx|cheers|ok|okay|great|cool|nice|perfect|good|fine|right|excellent|awesome|wonderful|brilliant|got it|i see|understood|yes|yeah|yep|no|nope|sure|hello|hi|hey|bye"
              + "|goodbye|please|sorry|wow|makes sense|never mind|works|worked|helps|helped|clear|helpful|useful)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern CHINESE =
      Pattern.compile(
          "(?:(?:非常|十分|太|真|很|多|那|就)*(?:谢谢|感谢|谢|好的|好|嗯|哦|噢|明白|知道|懂|了解|收到|可以|没问题|不错|棒|行|对|是的|没错|你好|您好|您|你|再见|辛苦|原来如此|有用|有帮助|清楚|厉害)(?:了|的|啊|呀|吧|啦|哈|哦|呢)*[，。！!,.~～、\\s]*)+");

  private Courtesy() {}

  static boolean is(String turn) {
    String text = turn.strip();
    if (text.length() > LONGEST) {
      return false;
    }
    return CHINESE.matcher(text).matches() || ENGLISH.matcher(text).matches() && ENGLISH_MARK.matcher(text).find();
  }
}
