// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.ChatExamples;
import io.millrace.train.GroupSampling;
import io.millrace.train.GrpoObjective;
import io.millrace.train.GrpoTraining;
import io.millrace.train.PolicyResult;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.Dialogue;
import io.millrace.train.data.Dialogues;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;

/** Trial with groups of answers. */
@Command(
    name = "grpo",
    description = "Teach a decoder by trial: answers that are rewarded more than others to the same prompt become likelier.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data as for 'millrace train sft': prompts, and expected answers where the reward asks for them.",
      "",
      "  millrace train grpo --base answers --data tasks.jsonl --reward exact --group 8 --output better",
    })
final class GrpoCommand extends DecoderStageCommand {
  /** Published variants. */
  enum Variant {
    GRPO(GrpoObjective.GRPO),
    DR_GRPO(GrpoObjective.DR_GRPO),
    DAPO(GrpoObjective.DAPO);

    private final GrpoObjective objective;

    Variant(GrpoObjective objective) {
      this.objective = objective;
    }
  }

  @Mixin final RewardOptions reward = new RewardOptions();

  @Option(names = "--variant", paramLabel = "NAME", order = 33, description = "grpo, dr_grpo or dapo (${DEFAULT-VALUE}).")
  Variant variant = Variant.GRPO;

  @Option(names = "--kl", paramLabel = "WEIGHT", order = 33,
      description = "How strongly the decoder is held to where it began; without it as the variant has it.")
  @Nullable Double kl;

  @Option(names = "--prompts", paramLabel = "N", order = 33, description = "Prompts of an iteration (${DEFAULT-VALUE}).")
  int prompts = 8;

  @Option(names = "--group", paramLabel = "N", order = 33, description = "Answers to each (${DEFAULT-VALUE}).")
  int group = 8;

  GrpoCommand() {
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
    GrpoObjective objective = kl == null ? variant.objective : variant.objective.withKl(kl);
    try (reward; Tokenizer tokenizer = decoder.tokenizer(config)) {
      PolicyResult result = new GrpoTraining(new GrpoTraining.Settings(new GroupSampling(prompts, group, 1),
          reward.sampling(decoder.template(tokenizer)), 1, run.batchSize, objective, decoder.adaptation(), run.optimisation()), control)
          .run(decoder.base, reward.exercises(split.training(), chat, tokenizer, run.precision()),
              reward.exercises(split.heldOut(), chat, tokenizer, run.precision()), run.output);
      noteSkipped(result.skipped(), "prompts");
      return StageResult.of(result.outcome(), RewardOptions.measures(result));
    }
  }
}
