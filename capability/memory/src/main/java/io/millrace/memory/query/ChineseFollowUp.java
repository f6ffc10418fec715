// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whether a Chinese question leans on what was said before it, and where. Chinese leaves out what is known, so a question leans
 * not only by its pronouns, but also where all that is left of it is a word such as 作者 or 默认值, which must be of something.
 */
final class ChineseFollowUp {

  /** With these a question goes on from another one. */
  private static final Pattern OPENER = Pattern.compile("^(?:(?:那么|那(?![个些种首位本篇段句条样里边])|还有|另外|然后|接着|所以|而且|但是?|可是|不过|请问|再|还)[，, ]*)+");

  private static final Pattern PRONOUN =
      Pattern.compile(
          "它们|(?<!其)他们|她们|它|(?<!其)他(?!们)|她(?!们)|(?<![尤极与何])其(?![实他它余中])|其中|前者|后者|上述|上面的?|刚才[说提]?的?|[这那](?:首诗|两者|两个|几个|里|样)"
              + "|(?<!应)该(?=方法|类|函数|参数|接口|注解|对象|配置|诗|词|作者|书|文|项|字段|异常)|此(?=方法|类|函数|参数|诗|词|书|文|接口|异常)"
              + "|[这那](?:个|些|种|首|位|本|篇|段|句|条|类)?");

  private static final Pattern ASKING =
      Pattern.compile("什么|怎么|怎样|如何|谁|哪|多少|几|吗|为何|为啥|是否|是不是|能不能|可不可以|有没有|咋|多[大长久高]|要不要|会不会");

  /** "那《春晓》呢？": the question before, of something else. */
  private static final Pattern OTHER_THING = Pattern.compile("呢[？?。！!\\s]*$");

  /** What asks, and what joins words; the rest is content. */
  private static final Pattern FUNCTION_WORDS =
      Pattern.compile(
          "为什么|什么时候|什么|怎么样|怎么办|怎么|怎样|如何|多少|是不是|能不能|可不可以|有没有|要不要|会不会|是否|可以|能够|应该|需要|必须|还有|以及|或者|如果|的话|请问|告诉我|帮我|一下|一些|一个"
              + "|[谁哪几吗呢啊吧呀嘛了的地得是在有和与跟及或也都还再又就才会能要想请让把被给对从到用为以于我你您他她它们这那该此其个些种点里上下中时咋不没去来所而且但]");

  /** Words that must be of something, or ask for more of the same. */
  private static final Pattern LEANING =
      Pattern.compile(
          "(?:默认值|返回值|默认|参数|返回|作者|诗人|词人|朝代|年代|全文|译文|原文|翻译|赏析|出处|题目|标题|上一句|下一句|上句|下句|例子|示例|举例|举|代码|详细|具体|简单|解释|说明|介绍|总结|说说|讲讲|讲|说|谈谈|继续|其他|其它|别的|另外|另"
              + "|区别|不同|差别|差异|意思|含义|意义|原因|原理|理由|作用|用途|用法|用处|使用|好处|坏处|优点|缺点|优缺点|优势|劣势|办法|方法|方式|版本|大小|类型|单位|格式|顺序|上限|下限|限制|最大|最小|范围|异常|价格|名字|名称|语法|注解"
              + "|步骤|结果|影响|条件|情况|更好|更快|真|确定|对|错|行|好|做|办|写|改|关|开|调|设|配|装|查|抛|出|换|读|看|叫|长|久|大|小|多|快|慢|高|低|早|晚|第|两|三|者|一|首|句|首诗|首词|表达|类似)+");

  private static final Pattern BARE =
      Pattern.compile("(?:为什么|为何|为啥|真的|确定|然后|怎么回事|是吗|请?继续)(?:会|要|是)?(?:这样|那样|如此)?(?:做|写)?[吗呢啊吧的]*[？?。！!\\s]*");

  /** After these comes a verb, which nothing can stand for. */
  private static final Pattern VERB_AFTER_HOW =
      Pattern.compile("(?:怎么|怎样|如何|什么时候|为什么|在哪里?|可以|能不能|能|想|要|应该|需要|会|请)(?:才能|才|去|来|在|把|给|用|对|让|从)?\\p{IsHan}{1,2}");

  private static final Pattern BOUNDARY = Pattern.compile("[，,；;。？?！!：:]|如果|的时候|之后|以后|时(?!候|间)|后(?!者)|并且|而且|并|然后");

  /** Two Han characters make a word; one may be left of anything. */
  private static final int WORD = 2;

  private ChineseFollowUp() {}

  static @Nullable Leaning of(String question) {
    Matcher opener = OPENER.matcher(question);
    int start = opener.find() ? opener.end() : 0;
    boolean opened = start > 0;
    String body = question.substring(start);
    if (body.isBlank()) {
      return null;
    }
    boolean asks = ASKING.matcher(body).find();
    if (BARE.matcher(body).matches()) {
      return new Leaning(Leaning.Kind.BARE, start, start);
    }
    Matcher pronouns = PRONOUN.matcher(body);
    while (pronouns.find()) {
      if (!antecedent(body, pronouns.start())) {
        return new Leaning(Leaning.Kind.PRONOUN, start, start + pronouns.start());
      }
    }
    boolean names = Topic.holdsName(body);
    if (OTHER_THING.matcher(body).find() && !asks && body.length() <= 24) {
      return new Leaning(Leaning.Kind.OTHER_THING, start, start);
    }
    String content = String.join("", content(body));
    if (names || Topic.holdsLatin(body)) {
      return null;
    }
    String left = telling(body);
    boolean verbOnly = VERB_AFTER_HOW.matcher(body).lookingAt() && content.length() <= WORD;
    boolean little = left.length() < WORD && (asks || opened || !content.isEmpty() && left.isEmpty());
    return little || verbOnly ? new Leaning(Leaning.Kind.ELLIPSIS, start, start) : null;
  }

  /** Returns what stands between words that ask and join. */
  private static List<String> content(String text) {
    return Arrays.stream(FUNCTION_WORDS.matcher(text).replaceAll(" ").split("[^\\p{L}\\p{N}]+")).filter(run -> !run.isEmpty()).toList();
  }

  /** Returns content that says something by itself. */
  private static String telling(String text) {
    return content(text).stream().filter(run -> !LEANING.matcher(run).matches()).collect(Collectors.joining());
  }

  private static boolean antecedent(String body, int pronoun) {
    String before = body.substring(0, pronoun);
    Matcher boundaries = BOUNDARY.matcher(before);
    boolean another = boundaries.find();
    if (Topic.holdsName(before) || Topic.holdsLatin(before)) {
      return true;
    }
    String nouns = telling(VERB_AFTER_HOW.matcher(before).replaceAll(" "));
    return nouns.length() >= (another ? WORD : WORD + 1);
  }
}
