// SPDX-License-Identifier: Apache-2.0
package io.millrace.agent;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.generation.Message;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one form in which the small decoder is given passages and gives its answer, in training and in serving. It
 * spends no tokens on instructions: a model of ten million parameters does not follow them, it continues what it has
 * seen. The user's turn is
 *
 * <pre>{@code
 * [1] text of the passage
 * [2] text of another passage
 * Q: the question
 * }</pre>
 *
 * and the assistant's turn is {@code the answering words [1]}, or {@link #noAnswer} where no passage answers.
 */
public final class GroundedPrompt {

  private static final Pattern MARKER = Pattern.compile("\\s*\\[(\\d{1,3}(?:\\s*,\\s*\\d{1,3})*)\\]");

  /**
   * An answer taken apart.
   *
   * @param text without citation markers
   * @param cited numbers of the cited passages, smallest first
   */
  public record Answer(String text, SortedSet<Integer> cited) {}

  private GroundedPrompt() {}

  /**
   * Returns the dialogue that asks.
   *
   * @param passages texts as of {@code Passage.text()}, best first; numbered from 1
   */
  public static List<Message> messages(String question, List<String> passages) {
    return List.of(new Message("user", text(question, passages)));
  }

  /** Returns the dialogue of an example for training: the question with its one passage, then the answer. */
  public static List<Message> example(QuestionAnswer item) {
    String answer = item.answerable() ? answer(item.answers().getFirst(), 1) : noAnswer(item.language());
    List<Message> messages = new ArrayList<>(messages(item.question(), List.of(item.passage())));
    messages.add(new Message("assistant", answer));
    return List.copyOf(messages);
  }

  /** Returns the content of the user's turn. */
  public static String text(String question, List<String> passages) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < passages.size(); i++) {
      out.append('[').append(i + 1).append("] ").append(Fence.around(passages.get(i))).append('\n');
    }
    return out.append("Q: ").append(Fence.around(question)).toString();
  }

  /** Returns the content of the assistant's turn: the words and the number of the passage that they are from. */
  public static String answer(String words, int passage) {
    return words.strip() + " [" + passage + "]";
  }

  /** Returns the content of the assistant's turn where no passage answers. */
  public static String noAnswer(Language language) {
    return switch (language) {
      case ENGLISH -> "The sources do not say.";
      case CHINESE -> "资料中没有说明。";
    };
  }

  /** Takes apart what a model wrote. */
  public static Answer parse(String written) {
    SortedSet<Integer> cited = new TreeSet<>();
    Matcher matcher = MARKER.matcher(written);
    while (matcher.find()) {
      for (String number : matcher.group(1).split(",")) {
        cited.add(Integer.valueOf(number.strip()));
      }
    }
    return new Answer(matcher.replaceAll("").strip(), cited);
  }
}
