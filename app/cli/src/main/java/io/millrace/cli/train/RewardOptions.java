// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.train.ChatExamples;
import io.millrace.train.Exercise;
import io.millrace.train.ModelReward;
import io.millrace.train.PolicyResult;
import io.millrace.train.PolicyScore;
import io.millrace.train.RewardModel;
import io.millrace.train.data.Dialogue;
import io.millrace.train.reward.AnswerFormat;
import io.millrace.train.reward.AnswerLength;
import io.millrace.train.reward.ExactAnswer;
import io.millrace.train.reward.Task;
import io.millrace.train.reward.VerifiableReward;
import io.millrace.train.reward.WeightedRewards;
import io.millrace.train.rollout.Sampling;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What answers are rewarded for, in stages that learn by trial. */
final class RewardOptions implements AutoCloseable {
  @Option(names = "--reward", paramLabel = "RULE", arity = "1", order = 33,
      description = {
        "What answers are rewarded for; may be given several times, then rewards add up (exact):",
        "  exact            the answer is the expected one",
        "  format=REGEX     it matches the whole expression",
        "  length=MIN-MAX   it has so many characters",
        "  model=DIR        what the output of 'millrace train reward' says",
      })
  List<String> rules = List.of();

  @Option(names = "--max-tokens", paramLabel = "N", order = 33, description = "Longest answer that is tried (${DEFAULT-VALUE}).")
  int maxTokens = 64;

  @Option(names = "--temperature", paramLabel = "N", order = 33, description = "Of the tries (${DEFAULT-VALUE}).")
  double temperature = 1;

  private @Nullable RewardModel model;

  /** Prompts with what judges the answers to them. */
  List<Exercise> exercises(List<Dialogue> dialogues, ChatExamples chat, Tokenizer tokenizer, DType precision)
      throws IOException {
    VerifiableReward reward = reward(chat, precision);
    List<Exercise> exercises = new ArrayList<>();
    for (Dialogue dialogue : dialogues) {
      int last = dialogue.turns().size() - 1;
      while (!dialogue.turns().get(last).role().equals(Dialogue.ASSISTANT)) {
        last--; // every dialogue that is read has an answer
      }
      Task task = new Task(dialogue.turns().subList(0, last), dialogue.turns().get(last).content(), List.of());
      exercises.add(Exercise.of(task, reward, chat, tokenizer));
    }
    return exercises;
  }

  /** How answers are tried: each ends with its turn. */
  Sampling sampling(ChatTemplate template) {
    return new Sampling(temperature, 1, maxTokens, List.of(template.end()));
  }

  private VerifiableReward reward(ChatExamples chat, DType precision) throws IOException {
    List<WeightedRewards.Part> parts = new ArrayList<>();
    for (String rule : rules.isEmpty() ? List.of("exact") : rules) {
      parts.add(new WeightedRewards.Part(1, one(rule, chat, precision)));
    }
    return parts.size() == 1 ? parts.getFirst().reward() : new WeightedRewards(parts);
  }

  private VerifiableReward one(String rule, ChatExamples chat, DType precision) throws IOException {
    int split = rule.indexOf('=');
    String kind = split < 0 ? rule : rule.substring(0, split);
    String value = split < 0 ? "" : rule.substring(split + 1);
    return switch (kind) {
      case "exact" -> new ExactAnswer();
      case "format" -> AnswerFormat.of(value);
      case "length" -> {
        String[] bounds = value.split("-", -1);
        if (bounds.length != 2 || !value.matches("\\d+-\\d+")) {
          throw new IllegalArgumentException("--reward " + rule + ": give bounds such as length=1-80");
        }
        yield new AnswerLength(Integer.parseInt(bounds[0]), Integer.parseInt(bounds[1]), Math.max(1, Integer.parseInt(bounds[1])));
      }
      case "model" -> {
        if (model == null) {
          model = RewardModel.load(Path.of(value), precision);
        }
        yield new ModelReward(model, chat);
      }
      default -> throw new IllegalArgumentException(
          "--reward " + rule + ": there are exact, format=REGEX, length=MIN-MAX and model=DIR");
    };
  }

  static List<StageResult.Measure> measures(PolicyResult result) {
    PolicyScore before = result.before();
    PolicyScore after = result.after();
    if (before == null) {
      return List.of();
    }
    return List.of(
        new StageResult.Measure("reward", before.reward(), after != null ? after.reward() : null,
            "mean of " + before.answers() + " sampled answers"),
        new StageResult.Measure("answerTokens", before.length(), after != null ? after.length() : null, "mean length"),
        new StageResult.Measure("finished", before.finished(), after != null ? after.finished() : null,
            "share of answers that ended by themselves"));
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
      model = null;
    }
  }
}
