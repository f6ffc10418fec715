// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever.Aim;

import java.util.regex.Pattern;

/** What a query is after, where nobody says: who asks a question wants what answers it; who asks for a list, or writes words, wants all that is relevant. */
final class Aims {

  private static final Pattern ENGLISH_QUESTION =
      Pattern.compile("\\?\\s*$|^(?:what|which|who|whom|whose|when|where|why|how|is|are|do|does|did|can|could|should|may|must|will|would|has|have)\\s+\\S+\\s+\\S", Pattern.CASE_INSENSITIVE);
  private static final Pattern ENGLISH_LIST =
      Pattern.compile(
          "^(?:please\\s+)?(?:list|show|find|give|collect|name)\\s+(?:me\\s+)?(?:all|every|everything|the\\s+\\w+s\\b)|\\b(?:articles?|papers?|documents?|pages?|literature|material)\\s+(?:on|about|that|dealing|describing|concerning)\\b"
              + "|^(?:what|which)\\s+(?:are\\s+)?(?:all|other)\\b|^what\\s+(?:\\w+\\s+){0,2}(?:kinds|types|ways|options|alternatives|possibilities)\\b|\\boverview\\b",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern CHINESE_QUESTION = Pattern.compile("[？?]\\s*$|什么|怎么|怎样|如何|谁|哪|多少|吗\\s*$|为何|是否|是不是|能不能|有没有");
  private static final Pattern CHINESE_LIST = Pattern.compile("有哪些|哪些|^(?:请)?(?:列出|列举|找出|查找)|所有|全部|一览|汇总|综述|相关的?(?:文档|文章|资料|论文|页面|诗)");

  private Aims() {}

  static Aim of(String text, Language language) {
    boolean chinese = language == Language.CHINESE;
    boolean question = (chinese ? CHINESE_QUESTION : ENGLISH_QUESTION).matcher(text.strip()).find();
    boolean list = (chinese ? CHINESE_LIST : ENGLISH_LIST).matcher(text.strip()).find();
    return question && !list ? Aim.ANSWER : Aim.SURVEY;
  }
}
