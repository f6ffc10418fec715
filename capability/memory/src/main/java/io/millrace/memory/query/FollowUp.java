// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a question that leans on a dialogue stand alone, by what was spoken of: rules, no model (the task of Elgohary et al., "Can You
 * Unpack That? Learning to Rewrite Questions-in-Context", EMNLP 2019). A question that stands alone is left as it is.
 */
final class FollowUp {

  /** Turns further back are not what "it" stands for. */
  private static final int TURNS = 8;

  /** Longer questions say enough. */
  private static final int LONGEST = 300;

  /** Of earlier turns their beginnings are read: pasted pages are no topics. */
  private static final int READ = 600;

  private static final Pattern CHINESE_DEMONSTRATIVE =
      Pattern.compile("它们|他们|她们|[它他她其该此]|前者|后者|上述的?|上面的?|刚才[说提]?的?|[这那](?:首诗|两者|两个|几个|里|样|个|些|种|首|位|本|篇|段|句|条|类)?");

  private FollowUp() {}

  /**
   * A question and what it took from the dialogue.
   *
   * @param text as it can be searched for
   * @param carried what was taken; empty where the question stands alone
   */
  record Standalone(String text, List<String> carried) {}

  static Standalone of(String question, List<Message> before) {
    if (before.isEmpty() || leaning(question) == null) {
      return new Standalone(question, List.of());
    }
    String earlier = "";
    Topic topic = Topic.NONE;
    List<String> answered = List.of();
    boolean courtesy = false;
    for (Message message : before.subList(Math.max(0, before.size() - TURNS), before.size())) {
      String said = beginning(message.content());
      boolean user = message.role().equals("user");
      // Thanks, and what was replied to them, leave what was spoken of as it is.
      courtesy = user ? Courtesy.is(said) : courtesy;
      if (user && !said.isBlank() && !courtesy) {
        earlier = beginning(rewrite(said.strip(), earlier, topic, answered).text());
        Topic own = Topic.of(earlier);
        topic = own.isEmpty() ? topic : own;
        answered = List.of();
      } else if (message.role().equals("assistant") && !courtesy) {
        answered = Topic.of(said).names();
      }
    }
    return rewrite(question, earlier, topic, answered);
  }

  private static String beginning(String said) {
    return said.length() > READ ? said.substring(0, READ) : said;
  }

  static @Nullable Leaning leaning(String question) {
    String text = question.strip();
    if (text.length() > LONGEST) {
      return null;
    }
    return Language.of(text) == Language.CHINESE ? ChineseFollowUp.of(text) : EnglishFollowUp.of(EnglishWords.of(text));
  }

  private static Standalone rewrite(String question, String earlier, Topic topic, List<String> answered) {
    String text = question.strip();
    Leaning leaning = earlier.isEmpty() ? null : leaning(text);
    if (leaning == null) {
      return new Standalone(question, List.of());
    }
    // What "which class …" asked for is named by the answer.
    List<String> names = topic.isNamed() || answered.isEmpty() ? List.of() : List.of(answered.getFirst());
    String body = text.substring(leaning.start());
    if (leaning.kind() == Leaning.Kind.BARE || topic.isEmpty() && names.isEmpty()) {
      return new Standalone(earlier + "\n" + body, List.of(earlier));
    }
    boolean chinese = Language.of(text) == Language.CHINESE;
    List<String> carried = new ArrayList<>(names);
    if (!topic.isEmpty()) {
      carried.add(chinese ? topic.thing() : topic.text());
    }
    return switch (leaning.kind()) {
      case OTHER_THING -> otherThing(body, earlier, topic);
      case ELLIPSIS -> new Standalone(chinese ? String.join(" ", carried) + " " + body : body + " (" + String.join(", ", carried) + ")", carried);
      default -> chinese ? chinese(text, leaning, topic, names) : english(text, leaning, carried);
    };
  }

  /** The question before, of the other thing: where both have names, one name takes the other's place. */
  private static Standalone otherThing(String body, String earlier, Topic topic) {
    String thing = body.replaceAll("[？?。！!\\s]+$", "").replaceAll("呢$", "").strip();
    // Alone, a capitalised word might only be the first of a sentence.
    List<String> named = Topic.of(Language.of(thing) == Language.CHINESE ? thing : "of " + thing).names();
    if (!named.isEmpty() && topic.isNamed()) {
      String exchanged = earlier.replace(topic.names().getFirst(), thing);
      if (!exchanged.equals(earlier) && exchanged.length() <= READ) {
        return new Standalone(exchanged, List.of(earlier));
      }
    }
    return new Standalone(earlier + "\n" + thing, List.of(earlier));
  }

  private static Standalone english(String text, Leaning leaning, List<String> carried) {
    EnglishWords words = EnglishWords.of(text);
    var word = words.words().get(leaning.at());
    String subject = carried.getFirst();
    String instead = leaning.kind() == Leaning.Kind.POSSESSIVE ? subject + "'s" : subject;
    String rewritten = text.substring(leaning.start(), word.start()) + instead + text.substring(word.end());
    return new Standalone(carried.size() > 1 ? rewritten + " (" + String.join(", ", carried.subList(1, carried.size())) + ")" : rewritten, carried);
  }

  private static Standalone chinese(String text, Leaning leaning, Topic topic, List<String> names) {
    Matcher word = CHINESE_DEMONSTRATIVE.matcher(text);
    if (!word.find(leaning.at())) {
      throw new IllegalStateException("no pronoun at " + leaning.at() + " of " + text);
    }
    boolean person = "他她".indexOf(text.charAt(leaning.at())) >= 0;
    String subject = !names.isEmpty() ? names.getFirst() : person ? topic.text() : topic.thing();
    String rest = text.substring(word.end());
    boolean determines = !person && word.group().matches("(?:[这那](?:个|些|种|位|本|篇|段|句|条|类)|[该此])") && !rest.isEmpty() && Character.isIdeographic(rest.codePointAt(0));
    String rewritten = text.substring(leaning.start(), leaning.at()) + subject + (determines ? "的" : "") + rest;
    List<String> carried = names.isEmpty() || topic.isEmpty() ? List.of(subject) : List.of(subject, topic.thing());
    return new Standalone(carried.size() > 1 ? rewritten + " " + carried.getLast() : rewritten, carried);
  }
}
