// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.QuestionAnswer;

import java.util.List;

/**
 * A question, a passage, and the words of the passage that answer it, if any do.
 *
 * @param start first character of the answer in the passage; equal to {@code end} if the passage does not answer
 * @param end one past the last character
 * @param answers what counts as right when measuring; if empty, the answer itself
 */
public record SpanExample(String question, String passage, int start, int end, List<String> answers) {
  /** Checks that the answer lies in the passage. */
  public SpanExample {
    if (start < 0 || end < start || end > passage.length()) {
      throw new IllegalArgumentException(
          "answer from %d to %d in a passage of %d characters, question '%s'"
              .formatted(start, end, passage.length(), question));
    }
    if (question.isBlank() || passage.isBlank()) {
      throw new IllegalArgumentException("question '" + question + "': it and its passage must not be blank");
    }
    answers = end > start && answers.isEmpty() ? List.of(passage.substring(start, end)) : List.copyOf(answers);
  }

  /** An example that the passage answers with these characters. */
  public static SpanExample answered(String question, String passage, int start, int end) {
    return new SpanExample(question, passage, start, end, List.of());
  }

  /** An example that the passage does not answer. */
  public static SpanExample unanswered(String question, String passage) {
    return new SpanExample(question, passage, 0, 0, List.of());
  }

  /**
   * The same question with its first answer. Where the passage says it more than once, the place counts that begins a
   * line or follows a label such as "returns: ", since there it is said for its own sake; else the first.
   */
  public static SpanExample of(QuestionAnswer qa) {
    if (!qa.answerable()) {
      return unanswered(qa.question(), qa.passage());
    }
    int start = place(qa.passage(), qa.answers().getFirst());
    int end = start + qa.answers().getFirst().length();
    return new SpanExample(qa.question(), qa.passage(), start, end, qa.answers());
  }

  private static int place(String passage, String answer) {
    int first = passage.indexOf(answer);
    for (int at = first; at >= 0; at = passage.indexOf(answer, at + 1)) {
      if (at == 0 || passage.charAt(at - 1) == '\n' || passage.startsWith(": ", at - 2)) {
        return at;
      }
    }
    return first;
  }

  /** Whether the passage answers. */
  public boolean answered() {
    return end > start;
  }
}
