// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import java.util.List;

/**
 * A question with the passage that was given for it and the words that answer it, for training and measuring.
 *
 * @param id stable identity
 * @param documentId the document the passage comes from; pages are split into training and held-out by it
 * @param language language of question and passage
 * @param kind what is asked for, for example {@code purpose}, {@code returns}, {@code parameter}, {@code throws}
 * @param question as a person might put it
 * @param passage text that was given; see {@link Passage#text()}
 * @param answers acceptable answers, each a literal part of the passage; empty when the passage does not answer
 */
public record QuestionAnswer(
    String id,
    String documentId,
    Language language,
    String kind,
    String question,
    String passage,
    List<String> answers) {

  public QuestionAnswer {
    answers = List.copyOf(answers);
    for (String answer : answers) {
      if (!passage.contains(answer)) {
        throw new IllegalArgumentException(
            "question '" + id + "': the answer '" + answer + "' is not part of its passage");
      }
    }
  }

  /** Returns whether the passage answers the question. */
  public boolean answerable() {
    return !answers.isEmpty();
  }
}
