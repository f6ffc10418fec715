// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a question that asks two or more things, or compares two things: each stands alone and can be searched for by itself. Empty for
 * nearly all questions.
 */
final class Parts {

  static final int MOST = 4;

  /** Longer texts are pasted pages. */
  private static final int LONGEST = 600;

  private static final int LONGEST_SIDE = 80;

  private static final Pattern QUESTION_MARK = Pattern.compile("(?<=[?？])\\s*");

  private static final String AUXILIARY = "(?:is|are|was|were|do|does|did|can|could|should|must|may|will|would|has|have)\\b";

  /** How an independent question begins; "and what follows" or "and which is safe" is none. */
  private static final String ASKS =
      "(?:what|why|when|where|who|which|how)\\s+" + AUXILIARY + "|how\\s+(?:to|many|much|long|often|large|big|fast|soon)\\b|" + AUXILIARY
          + "\\s+(?:i|we|it|they|there|you|this|that)\\b";

  private static final Pattern AND_ASKS =
      Pattern.compile(
          "\\s*[,;]?\\s+(?:and(?:\\s+(?:also|then|if so,?))?|as well as|but)\\s+(?=" + ASKS + ")|\\s*;\\s*(?=" + ASKS + ")|,\\s+(?=(?:how|what|why)\\s+" + AUXILIARY + ")",
          Pattern.CASE_INSENSITIVE);

  /** "When a job fails, what …": a condition, no question. */
  private static final Pattern CONDITION = Pattern.compile("^(?:and |but |so |then )?(?:when|where|whenever)\\s+(?!" + AUXILIARY + ")", Pattern.CASE_INSENSITIVE);

  private static final Pattern ASKING_START =
      Pattern.compile("^(?:and |but |so |then )?(?:what|which|who|whom|whose|when|where|why|how|is|are|do|does|did|can|could|should|may|must|will|would|tell|explain|describe)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final String SIDES = "(?<a>[^?]{1,80}?)";
  private static final List<Pattern> ENGLISH_COMPARISONS =
      List.of(
          Pattern.compile("\\bdifferences?\\s+between\\s+(?<a>[^?]{1,80}?)\\s+and\\s+(?<b>[^?]{1,80}?)\\s*[?.]?$", Pattern.CASE_INSENSITIVE),
          Pattern.compile("^(?:please\\s+|can you\\s+)?compare\\s+(?<a>[^?]{1,80}?)\\s+(?:and|with|to|against)\\s+(?<b>[^?]{1,80}?)\\s*[?.]?$", Pattern.CASE_INSENSITIVE),
          Pattern.compile("^how\\s+(?:do|does|is|are)\\s+" + SIDES + "\\s+(?:differ|different)\\s+from\\s+(?<b>[^?]{1,80}?)\\s*[?.]?$", Pattern.CASE_INSENSITIVE),
          Pattern.compile("^how\\s+do\\s+" + SIDES + "\\s+and\\s+(?<b>[^?]{1,80}?)\\s+(?:differ|compare)\\s*[?.]?$", Pattern.CASE_INSENSITIVE),
          Pattern.compile("^" + SIDES + "\\s+(?:vs\\.?|versus)\\s+(?<b>[^?]{1,80}?)\\s*[?.]?$", Pattern.CASE_INSENSITIVE));

  private static final String DIFFERENCE = "(?:区别|不同|差别|差异|异同|不一样|优缺点|优劣)";
  private static final List<Pattern> CHINESE_COMPARISONS =
      List.of(
          Pattern.compile("^(?:请问)?(?<a>[^，,？?。]{1,40}?)\\s*(?:和|与|跟|同|、|相比)\\s*(?<b>[^，,？?。]{1,40}?)\\s*(?<tail>在[^，,？?。]{1,20}?(?:上|方面|中)?)?(?:之间)?的?(?:主要)?(?:都?有(?:什么|何|哪些|啥)|是什么|有)?"
              + DIFFERENCE + "(?:是什么|在哪里?|有哪些|是啥|吗|呢)?[？?。]?$"),
          Pattern.compile("^(?:请)?(?:比较|对比)(?:一下)?\\s*(?<a>[^，,？?。]{1,40}?)\\s*(?:和|与|跟|同|、)\\s*(?<b>[^，,？?。]{1,40}?)[？?。]?$"));

  private static final Pattern CHINESE_ASKING = Pattern.compile("什么|怎么|怎样|如何|谁|哪|多少|吗|为何|是否|是不是|能不能|可不可以|有没有|多[大长久高]|几[个种次时]");
  private static final Pattern CHINESE_PAUSE = Pattern.compile("[，,；;](?:那么?|以及|并且|还有|另外)?|(?:以及|并且|还有)(?=[^，,]{0,12}(?:什么|怎么|如何|为什么|谁|哪|多少))");
  /** "StpUtil 的 kickout 和 replaced": both are its. */
  private static final Pattern OWNER = Pattern.compile("^[^的]{1,30}的\\s*(?=\\S)");
  private static final Pattern SHARED = Pattern.compile("\\s(?:of|in|for|from|on|when|with|regarding)\\s.+$");

  private static final Pattern NO_NOUN_SIDE = Pattern.compile("怎么|如何|为什么|什么|谁");

  private Parts() {}

  static List<String> of(String question) {
    // Long white space has patterns try every place of it.
    String text = question.strip().replaceAll("\\s+", " ");
    if (text.length() > LONGEST) {
      return List.of();
    }
    List<String> asked = asked(text);
    if (asked.size() > 1) {
      return standalone(asked);
    }
    return Language.of(text) == Language.CHINESE ? compared(text, CHINESE_COMPARISONS, true) : compared(text, ENGLISH_COMPARISONS, false);
  }

  private static List<String> asked(String text) {
    List<String> asked = new ArrayList<>();
    for (String sentence : QUESTION_MARK.split(text)) {
      // What is said before a question is no question.
      String question = sentence.strip();
      List<String> clauses = Language.of(text) == Language.CHINESE ? chineseClauses(question) : englishClauses(question);
      clauses.stream().filter(Parts::tells).forEach(asked::add);
    }
    return asked.size() > MOST ? List.of() : asked;
  }

  /** Whether something is asked that names anything: "Why?" alone is no part. */
  private static boolean tells(String clause) {
    if (Language.of(clause) == Language.CHINESE) {
      return (clause.endsWith("？") || clause.endsWith("?") || CHINESE_ASKING.matcher(clause).find()) && clause.codePointCount(0, clause.length()) > 2;
    }
    boolean asks = clause.endsWith("?") || ASKING_START.matcher(clause).find();
    return asks && EnglishWords.of(clause).words().stream().anyMatch(EnglishWords.Word::content);
  }

  private static List<String> englishClauses(String sentence) {
    if (!ASKING_START.matcher(sentence).find()) {
      return List.of(sentence);
    }
    List<String> clauses = new ArrayList<>();
    Matcher and = AND_ASKS.matcher(sentence);
    int from = 0;
    while (and.find()) {
      String clause = sentence.substring(from, and.start());
      if (!CONDITION.matcher(clause).find() && EnglishWords.of(clause).words().stream().anyMatch(EnglishWords.Word::telling)) {
        clauses.add(clause.strip());
        from = and.end();
      }
    }
    clauses.add(sentence.substring(from).strip());
    return clauses;
  }

  private static List<String> chineseClauses(String sentence) {
    List<String> clauses = new ArrayList<>();
    Matcher pause = CHINESE_PAUSE.matcher(sentence);
    int from = 0;
    while (pause.find()) {
      String clause = sentence.substring(from, pause.start());
      String rest = sentence.substring(pause.end());
      if (CHINESE_ASKING.matcher(clause).find() && CHINESE_ASKING.matcher(rest).find() && FollowUp.leaning(clause) == null) {
        clauses.add(clause.strip());
        from = pause.end();
      }
    }
    clauses.add(sentence.substring(from).strip());
    return clauses;
  }

  /** "And how do I change it?" is of what the part before it speaks of. */
  private static List<String> standalone(List<String> asked) {
    List<Message> before = new ArrayList<>();
    List<String> parts = new ArrayList<>();
    for (String part : asked) {
      String text = FollowUp.of(part, before).text();
      parts.add(text);
      before.add(new Message("user", text));
    }
    return List.copyOf(parts);
  }

  private static List<String> compared(String text, List<Pattern> comparisons, boolean chinese) {
    for (Pattern comparison : comparisons) {
      Matcher sides = comparison.matcher(text);
      if (sides.find()) {
        String first = sides.group("a").strip();
        String second = sides.group("b").strip();
        String tail = chinese && comparison.pattern().contains("<tail>") ? sides.group("tail") : null;
        if (side(first) && side(second)) {
          List<String> parts = new ArrayList<>();
          for (String one : first.split("\\s*(?:,|、)\\s*")) {
            parts.add(one + (tail == null ? shared(second, one) : tail));
          }
          Matcher owner = OWNER.matcher(first);
          String owned = owner.lookingAt() && !second.contains("的") ? owner.group() + second : second;
          parts.add(tail == null ? owned : owned + tail);
          return parts.size() > MOST || parts.stream().anyMatch(String::isBlank) ? List.of() : List.copyOf(parts);
        }
      }
    }
    return List.of();
  }

  /** "isCreatable and isParsable of NumberUtils": both are of it. */
  private static String shared(String last, String other) {
    Matcher of = SHARED.matcher(last);
    return of.find() && !SHARED.matcher(other).find() ? of.group() : "";
  }

  private static boolean side(String text) {
    return !text.isBlank() && text.length() <= LONGEST_SIDE && !NO_NOUN_SIDE.matcher(text).find()
        && text.split("\\s+").length <= 8 && FollowUp.leaning(text) == null;
  }
}
