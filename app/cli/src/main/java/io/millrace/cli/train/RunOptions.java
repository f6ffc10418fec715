// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;
import io.millrace.train.AdamW;
import io.millrace.train.Budget;
import io.millrace.train.Muon;
import io.millrace.train.Optimisation;
import io.millrace.train.Optimiser;
import io.millrace.train.Schedule;
import io.millrace.train.distributed.Sharding;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;

/** What every stage can be told about its run: how long, how fast, from where, to where. */
final class RunOptions {
  /** How the learning rate goes down. */
  enum Fall {
    COSINE,
    WSD
  }

  /** Which method changes the weights. */
  enum Method {
    ADAMW,
    MUON
  }

  /** In which number format the model computes. */
  enum Precision {
    FASTEST,
    BF16,
    F32
  }

  private static final int USUAL_SECONDS = 120;

  @Option(names = "--output", paramLabel = "DIR", required = true, order = 10,
      description = "Folder that the result is written to.")
  Path output = Path.of("");

  @Option(names = "--run", paramLabel = "DIR", order = 11,
      description = "Working folder: checkpoint, metrics.jsonl, TensorBoard's events. Without it: the output's name and '.run'.")
  @Nullable Path folder;

  @Option(names = "--seconds", paramLabel = "N", order = 20,
      description = "Train for so many seconds; without it and --steps: " + USUAL_SECONDS + ".")
  @Nullable Integer seconds;

  @Option(names = "--steps", paramLabel = "N", order = 21,
      description = "Train for so many steps; with --seconds, whichever ends first.")
  @Nullable Long steps;

  @Option(names = "--learning-rate", paramLabel = "RATE", order = 22,
      description = "Largest learning rate (${DEFAULT-VALUE}).")
  double learningRate;

  @Option(names = "--batch-size", paramLabel = "N", order = 23,
      description = "Rows, pairs or texts that are computed at once, by all --processes together (${DEFAULT-VALUE}).")
  int batchSize;

  @Option(names = "--accumulate", paramLabel = "N", order = 24,
      description = "Batches that make a step: as good as a batch so many times larger, in the memory of one (${DEFAULT-VALUE}).")
  int accumulate = 1;

  @Option(names = "--schedule", paramLabel = "NAME", order = 25,
      description = "How the rate falls: cosine, or wsd: warm-up, plateau, decay (${DEFAULT-VALUE}).")
  Fall schedule;

  @Option(names = "--warmup", paramLabel = "PART", order = 26,
      description = "Part of the run in which the rate rises, from 0 to 1 (${DEFAULT-VALUE}).")
  double warmup = 0.03;

  @Option(names = "--optimiser", paramLabel = "NAME", order = 27,
      description = "adamw, or muon for the matrices inside blocks (${DEFAULT-VALUE}).")
  Method method = Method.ADAMW;

  @Option(names = "--weight-decay", paramLabel = "RATE", order = 28,
      description = "Shrinking of matrices, times the learning rate; without it what is usual for the model.")
  @Nullable Double weightDecay;

  @Option(names = "--clip", paramLabel = "NORM", order = 29,
      description = "Largest norm of the gradient (${DEFAULT-VALUE}).")
  double clip = 1;

  @Option(names = "--precision", paramLabel = "FORMAT", order = 30,
      description = "fastest, bf16 or f32; masters are f32 always (${DEFAULT-VALUE}).")
  Precision precision = Precision.FASTEST;

  @Option(names = "--checkpointing", order = 31,
      description = "Compute activations twice instead of keeping them: less memory, more time.")
  boolean checkpointing;

  @Option(names = "--seed", paramLabel = "N", order = 32,
      description = "Of order, new weights and samples (${DEFAULT-VALUE}).")
  long seed = 1;

  @Option(names = "--processes", paramLabel = "N", order = 33,
      description = "Train with so many processes on this machine, which share its cores (${DEFAULT-VALUE}). Across machines start"
          + " one on each as torchrun does, with MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE set.")
  int processes = 1;

  @Option(names = "--sharding", paramLabel = "WHAT", order = 34,
      description = "What processes divide instead of each holding all of it: none, optimiser, gradients or parameters,"
          + " each with the ones before it (${DEFAULT-VALUE}).")
  Sharding sharding = Sharding.NONE;

  @Option(names = "--resume", order = 40,
      description = "Continue the run in the working folder from its checkpoint.")
  boolean resume;

  @Option(names = "--fresh", order = 41,
      description = "Begin anew, even if the working folder holds an unfinished run.")
  boolean fresh;

  @Option(names = "--register", paramLabel = "NAME", order = 50,
      description = "Keep the result in the domain's registry under this name, with its settings, scores and loss curve.")
  @Nullable String register;

  @Option(names = "--domain", paramLabel = "DOMAIN", order = 51,
      description = "Name or directory of the domain whose registry it is, and whose console shows the run (java-docs).")
  @Nullable String domain;

  @Option(names = "--config", paramLabel = "FILE", order = 52,
      description = "Options from a YAML file, whose keys are these names without dashes in front; the command line wins."
          + " 'millrace train config' writes one.")
  @Nullable Path config;

  private final AdamW.Settings usual;

  /** How many processes train together; known once they have met. */
  int group = 1;

  private RunOptions(double learningRate, int batchSize, Fall schedule, AdamW.Settings usual) {
    this.learningRate = learningRate;
    this.batchSize = batchSize;
    this.schedule = schedule;
    this.usual = usual;
  }

  /** For stages that train decoders. */
  static RunOptions decoder(double learningRate, int batchSize, Fall schedule) {
    return new RunOptions(learningRate, batchSize, schedule, AdamW.Settings.DECODER);
  }

  /** For stages that train encoders. */
  static RunOptions encoder(double learningRate, int batchSize) {
    return new RunOptions(learningRate, batchSize, Fall.COSINE, AdamW.Settings.ENCODER);
  }

  Path folder() {
    return folder != null ? folder : output.resolveSibling(output.getFileName() + ".run");
  }

  Budget budget() {
    if (steps == null) {
      return Budget.ofTime(Duration.ofSeconds(seconds == null ? USUAL_SECONDS : seconds));
    }
    return seconds == null ? Budget.ofSteps(steps) : new Budget(steps, Duration.ofSeconds(seconds));
  }

  Schedule schedule() {
    return switch (schedule) {
      case COSINE -> new Schedule.Cosine(warmup, 0.02);
      case WSD -> new Schedule.WarmupStableDecay(warmup, Math.min(0.4, 1 - warmup), 0.02);
    };
  }

  Optimiser.Settings optimiser() {
    AdamW.Settings adamw = new AdamW.Settings(usual.beta1(), usual.beta2(), usual.epsilon(),
        weightDecay == null ? usual.weightDecay() : weightDecay, clip);
    return switch (method) {
      case ADAMW -> adamw;
      case MUON -> new Muon.Settings(0.95, true, 5, adamw.weightDecay(), adamw);
    };
  }

  DType precision() {
    return switch (precision) {
      case FASTEST -> Torch.fastest();
      case BF16 -> DType.BF16;
      case F32 -> DType.F32;
    };
  }

  Optimisation optimisation() {
    return new Optimisation(learningRate, schedule(), budget(), optimiser(), accumulate * parts(), checkpointing,
        precision(), seed);
  }

  /** Rows, pairs or texts that one process computes at once. */
  int microBatch() {
    if (batchSize % parts() != 0) {
      throw new IllegalArgumentException(
          "--batch-size %d: %d processes divide it into %d parts when --accumulate is %d; use a multiple of %d, or another --accumulate"
              .formatted(batchSize, group, parts(), accumulate, parts()));
    }
    return batchSize / parts();
  }

  /** Into how many parts a batch is cut, so that the batches of a step, cut so, are as many for each process. */
  private int parts() {
    int common = BigInteger.valueOf(group).gcd(BigInteger.valueOf(Math.max(1, accumulate))).intValue();
    return group / common;
  }
}
