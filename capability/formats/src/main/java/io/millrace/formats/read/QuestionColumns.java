// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which columns hold questions and their answers, by names that data sets give them in English and Chinese.
 *
 * @param question number of a column
 * @param answer number of a column
 */
record QuestionColumns(int question, int answer) {

  private static final Set<String> QUESTIONS =
      Set.of("question", "questions", "q", "prompt", "query", "instruction", "ask", "问题", "問題", "问", "問", "提问", "提問", "提示", "指令");
  private static final Set<String> ANSWERS =
      Set.of(
          "answer", "answers", "a", "response", "completion", "reply", "output", "答案", "答", "回答", "答复", "答覆", "回复", "回覆", "输出");
  private static final int LONGEST_HEADING = 300;

  /** Returns the columns of a header, or null when it is another table. */
  static @Nullable QuestionColumns of(List<String> header) {
    int question = -1;
    int answer = -1;
    for (int i = 0; i < header.size(); i++) {
      String name = header.get(i).strip().toLowerCase(Locale.ROOT);
      if (question < 0 && QUESTIONS.contains(name)) {
        question = i;
      } else if (answer < 0 && ANSWERS.contains(name)) {
        answer = i;
      }
    }
    return question < 0 || answer < 0 ? null : new QuestionColumns(question, answer);
  }

  /**
   * Adds a pair: the question is a section's heading and the answer its text, which retrieval indexes in fields of their own;
   * what else the row says stands behind the answer.
   *
   * @param number of the pair, from 1
   * @return whether there is a question with an answer
   */
  boolean add(List<String> header, List<String> row, int number, Draft draft) {
    String asked = question < row.size() ? row.get(question).strip() : "";
    String answered = answer < row.size() ? row.get(answer).strip() : "";
    if (asked.isEmpty() || answered.isEmpty()) {
      return false;
    }
    draft.heading(asked, "q-" + number, "question");
    if (asked.length() > LONGEST_HEADING) {
      draft.lines(asked);
    }
    draft.lines(answered);
    for (int i = 0; i < Math.min(row.size(), header.size()); i++) {
      if (i != question && i != answer && !row.get(i).isBlank()) {
        draft.lines(header.get(i).strip() + ": " + row.get(i).strip());
      }
    }
    return true;
  }
}
