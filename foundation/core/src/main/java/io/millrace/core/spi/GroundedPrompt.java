// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Language;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The one form in which a small decoder is given passages and a question, when it is trained, measured and served: a
 * model of ten million parameters knows no other.
 */
public final class GroundedPrompt {

  private static final Pattern CITATION = Pattern.compile("\\s*\\[(\\d{1,2})]");

  private GroundedPrompt() {}

  /**
   * Returns the dialogue that asks a question about passages.
   *
   * @param passages texts; the first one has the number 1
   */
  public static List<Generator.Message> messages(Language language, String question, List<String> passages) {
    List<Generator.Message> messages = new ArrayList<>();
    messages.add(
        new Generator.Message(
            "system",
            language == Language.CHINESE
                ? "根据资料回答问题，并注明出处，例如 [1]。"
                : "Answer from the passages and cite them, for example [1]."));
    StringBuilder user = new StringBuilder();
    for (int i = 0; i < passages.size(); i++) {
      user.append('[').append(i + 1).append("] ").append(passages.get(i)).append("\n\n");
    }
    messages.add(new Generator.Message("user", user.append(question).toString()));
    return messages;
  }

  /** Returns an answer with its source as it should be written. */
  public static String answer(String text, int number) {
    return text + " [" + number + "]";
  }

  /** Returns what should be written when no passage answers. */
  public static String noAnswer(Language language) {
    return language == Language.CHINESE ? "资料中没有答案。" : "The passages do not answer this.";
  }

  /** Returns an answer without its citations; empty when it says that there is none. */
  public static String withoutCitations(Language language, String answer) {
    String bare = CITATION.matcher(answer).replaceAll("").strip();
    return bare.equals(noAnswer(language)) ? "" : bare;
  }

  /** Returns the numbers that an answer cites, in order. */
  public static List<Integer> citations(String answer) {
    List<Integer> numbers = new ArrayList<>();
    Matcher matcher = CITATION.matcher(answer);
    while (matcher.find()) {
      numbers.add(Integer.parseInt(matcher.group(1)));
    }
    return numbers;
  }
}
