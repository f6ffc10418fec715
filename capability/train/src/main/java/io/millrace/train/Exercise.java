// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.reward.Task;
import io.millrace.train.reward.VerifiableReward;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A prompt as tokens, and what judges the answers to it.
 *
 * @param prompt at least one token; begins and ends as it will when served
 * @param rule what the judge goes by, as a text that tells it from others: a resumed run must go by the same
 * @param judge of answers
 */
public record Exercise(int[] prompt, String rule, Judge judge) {
  /** Judges an answer by its tokens, the one that ends it included. */
  @FunctionalInterface
  public interface Judge {
    VerifiableReward.Score judge(int[] answer);
  }

  /** Checks that there is a prompt. */
  public Exercise {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("an exercise needs a prompt of at least one token");
    }
  }

  /** A task as the model's chat template writes it, whose answers are judged as text. */
  public static Exercise of(Task task, VerifiableReward reward, ChatExamples chat, Tokenizer tokenizer) {
    return new Exercise(chat.prompt(task.prompt()), reward + " of " + task,
        answer -> reward.score(task, tokenizer.decode(answer).strip()));
  }

  /** Those whose prompt leaves room for an answer; refuses when there are none. */
  static List<Exercise> fitting(List<Exercise> exercises, int maxTokens, int positions) {
    List<Exercise> fitting =
        exercises.stream().filter(exercise -> exercise.prompt.length + maxTokens <= positions).toList();
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException(
          "none of %d prompts leaves room for %d tokens in the model's %d positions: give prompts, or a smaller maxTokens"
              .formatted(exercises.size(), maxTokens, positions));
    }
    return fitting;
  }

  /** A number that tells exercises from others. */
  static String fingerprint(Collection<Exercise> exercises) {
    CRC32 crc = new CRC32();
    for (Exercise exercise : exercises) {
      for (int token : exercise.prompt) {
        crc.update(new byte[] {(byte) token, (byte) (token >> 8), (byte) (token >> 16)});
      }
      crc.update(exercise.rule.getBytes(StandardCharsets.UTF_8));
    }
    return exercises.size() + " exercises, " + Long.toHexString(crc.getValue());
  }
}
