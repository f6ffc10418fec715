// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.reward.Task;
import io.millrace.train.reward.VerifiableReward;

import java.util.List;

/**
 * The trained reward model as a reward (Stiennon et al. 2020).
 *
 * @param model stays the caller's; its tokenizer must be the one of {@code chat}
 * @param chat writes prompt and answer as the model read them in training
 */
public record ModelReward(RewardModel model, ChatExamples chat) implements VerifiableReward {
  @Override
  public Score score(Task task, String answer) {
    double value = model.score(List.of(chat.answer(task.prompt(), answer)))[0];
    return new Score(value, "by the reward model");
  }

  @Override
  public String toString() {
    return "ModelReward"; // the model has no name of its own; addresses would keep a checkpoint from being taken up
  }
}
