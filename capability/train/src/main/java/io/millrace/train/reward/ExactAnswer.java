// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

import java.text.Normalizer;
import java.util.Locale;

/**
 * 1 if the answer is the expected one, else 0; case, punctuation, width of characters and spaces do not count
 * (after Rajpurkar et al. 2016, SQuAD's exact match).
 */
public record ExactAnswer() implements VerifiableReward {
  @Override
  public Score score(Task task, String answer) {
    if (task.expected() == null) {
      throw new IllegalArgumentException("the task " + task.prompt() + " has no expected answer to compare with");
    }
    boolean right = plain(answer).equals(plain(task.expected()));
    return right ? new Score(1, "the expected answer") : new Score(0, "expected \"" + task.expected() + "\"");
  }

  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT)
        .replaceAll("[\\p{Punct}\\p{IsPunctuation}]", " ").replaceAll("\\s+", " ").strip();
  }
}
