// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.train.reward.ExactAnswer;
import io.millrace.train.reward.Task;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ExerciseTest {
  @TempDir private Path folder;

  private Tokenizer tokenizer() throws IOException {
    List<String> lines = List.of("the capital of france is paris", "the capital of italy is rome");
    Path file = folder.resolve(Tokenizer.FILE);
    BpeTrainer.ofSize(300).train(lines.iterator()).writeTokenizerJson(file);
    return Tokenizer.load(file);
  }

  @Test
  void tokensOfAnAnswerAreJudgedAsItsText() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      ChatExamples chat = new ChatExamples(ChatTemplate.chatMl(tokenizer));
      Task task = Task.of("the capital of france", "paris");
      Exercise exercise = Exercise.of(task, new ExactAnswer(), chat, tokenizer);
      assertThat(exercise.prompt()).isEqualTo(chat.prompt(task.prompt()));
      // The token that ends the turn is no part of the text.
      assertThat(exercise.judge().judge(chat.said(task.prompt(), "Paris")).value()).isOne();
      assertThat(exercise.judge().judge(chat.said(task.prompt(), "rome")).value()).isZero();
      assertThat(exercise.judge().judge(tokenizer.encode(" paris")).value()).isOne();
    }
  }

  @Test
  void exercisesOfAnotherRuleOrPromptHaveAnotherFingerprint() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      ChatExamples chat = new ChatExamples(ChatTemplate.chatMl(tokenizer));
      List<String> prints = List.of(Task.of("a", "paris"), Task.of("a", "rome"), Task.of("b", "paris")).stream()
          .map(task -> Exercise.fingerprint(List.of(Exercise.of(task, new ExactAnswer(), chat, tokenizer)))).toList();
      assertThat(prints).doesNotHaveDuplicates();
      assertThat(Exercise.fingerprint(List.of(Exercise.of(Task.of("a", "paris"), new ExactAnswer(), chat, tokenizer))))
          .isEqualTo(prints.getFirst());
    }
  }

  @Test
  void aRewardModelJudgesTheAnswerWithItsPrompt() throws IOException {
    try (Tokenizer tokenizer = tokenizer()) {
      DecoderConfig shape = new DecoderConfig(tokenizer.size(), 16, 32, 1, 2, 1, 8, 128, 10_000, 1e-5, true, -1, 0, -1);
      try (Decoder decoder = Decoder.random(shape, 3);
          Scope scope = Scope.open()) {
        Tensor head = torch.randn(1, 16);
        RewardModel.save(decoder, head, folder.resolve("reward"));
      }
      ChatExamples chat = new ChatExamples(ChatTemplate.chatMl(tokenizer));
      try (RewardModel model = RewardModel.load(folder.resolve("reward"), DType.F32)) {
        Task task = Task.of("the capital of france");
        double[] expected = model.score(List.of(chat.answer(task.prompt(), "paris"), chat.answer(task.prompt(), "rome")));
        ModelReward reward = new ModelReward(model, chat);
        assertThat(reward.score(task, "paris").value()).isEqualTo(expected[0]);
        assertThat(reward.score(task, "rome").value()).isEqualTo(expected[1]).isNotEqualTo(expected[0]);
      }
    }
  }
}
