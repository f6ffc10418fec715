// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Training by itself, without serving: a sub-command a stage. */
@Command(
    name = "train",
    description = {
      "Train a model: one stage of it by itself, or all models of a domain.",
      "Every stage measures on held-out data before and after, saves on Ctrl-C, and continues with --resume."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      DomainCommand.class,
      TokenizerCommand.class,
      PretrainCommand.class,
      SftCommand.class,
      RewardCommand.class,
      DpoCommand.class,
      KtoCommand.class,
      PpoCommand.class,
      GrpoCommand.class,
      DistilCommand.class,
      EmbedderCommand.class,
      CrossEncoderCommand.class,
      ClassifierCommand.class,
      ReaderCommand.class,
      GuardCommand.class,
      ConfigCommand.class,
    },
    subcommandsRepeatable = false,
    footer = {
      "",
      "A model of your own, from texts to preferences:",
      "  millrace train pretrain --data texts/ --size tiny --seconds 300 --output 1-base",
      "  millrace train sft      --base 1-base --data dialogues.jsonl --output 2-answers",
      "  millrace train dpo      --base 2-answers --data pairs.jsonl --output 3-preferred",
      "A checkpoint that you have (Llama, Qwen2, Qwen3, Mixtral), with an adapter:",
      "  millrace train sft --base qwen3-0.6b --qlora 16 --learning-rate 2e-4 --data dialogues.jsonl --output answers",
      "Retrieval for your domain:",
      "  millrace train embedder --base en --data pairs.jsonl --output my-embedder",
      "All models of a domain from its content:  millrace train domain java-docs",
      "",
      "Each stage explains its data and options:  millrace train STAGE --help",
      "The whole way, step by step:  docs/train-your-own-model.md",
    })
public final class TrainCommand implements Runnable {
  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  /** Made by picocli. */
  public TrainCommand() {}

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
