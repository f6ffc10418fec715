// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.ChatExamples;
import io.millrace.train.PolicyResult;
import io.millrace.train.PpoObjective;
import io.millrace.train.PpoTraining;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.Dialogue;
import io.millrace.train.data.Dialogues;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;

/** Trial with a value function. */
@Command(
    name = "ppo",
    description = "Teach a decoder by trial, with a head that learns what answers will be worth (proximal policy optimisation).",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data as for 'millrace train sft': prompts, and expected answers where the reward asks for them.",
      "",
      "  millrace train ppo --base answers --data tasks.jsonl --reward model=reward --output better",
    })
final class PpoCommand extends DecoderStageCommand {
  @Mixin final RewardOptions reward = new RewardOptions();

  @Option(names = "--kl", paramLabel = "NATS", order = 33,
      description = "How far an answer may be from what the decoder said at the beginning (${DEFAULT-VALUE}).")
  double kl = 6;

  @Option(names = "--answers", paramLabel = "N", order = 33, description = "Answers of an iteration (${DEFAULT-VALUE}).")
  int answers = 64;

  @Option(names = "--epochs", paramLabel = "N", order = 33, description = "How often they are learnt from (${DEFAULT-VALUE}).")
  int epochs = 2;

  PpoCommand() {
    super(RunOptions.decoder(5e-5, 16, RunOptions.Fall.COSINE));
  }

  @Override
  String kind() {
    return "decoder";
  }

  @Override
  StageResult train(RunControl control, ChatExamples chat, int sequenceLength) throws IOException {
    DecoderConfig config = decoder.config();
    Dataset.Split<Dialogue> split = data.read(Dialogues::read, Dialogue::opening, this::note);
    try (reward; Tokenizer tokenizer = decoder.tokenizer(config)) {
      PolicyResult result = new PpoTraining(new PpoTraining.Settings(answers, reward.sampling(decoder.template(tokenizer)),
          epochs, run.batchSize, PpoObjective.towards(kl), decoder.adaptation(), run.optimisation()), control)
          .run(decoder.base, reward.exercises(split.training(), chat, tokenizer, run.precision()),
              reward.exercises(split.heldOut(), chat, tokenizer, run.precision()), run.output);
      noteSkipped(result.skipped(), "prompts");
      return StageResult.of(result.outcome(), RewardOptions.measures(result));
    }
  }
}
