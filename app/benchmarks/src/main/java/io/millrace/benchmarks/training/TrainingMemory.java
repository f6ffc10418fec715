// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.training;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.ChildProcess;
import io.millrace.benchmarks.Row;

import java.io.IOException;

/** What training takes in memory: with and without checkpointing of activations, and with an adapter only. */
final class TrainingMemory {
  private static final double MB = 1 << 20;

  private TrainingMemory() {}

  private static MemoryTrial.Result trial(MemoryTrial.Kind kind, int... numbers) throws IOException, InterruptedException {
    String[] arguments = new String[numbers.length + 1];
    arguments[0] = kind.name();
    for (int i = 0; i < numbers.length; i++) {
      arguments[i + 1] = Integer.toString(numbers[i]);
    }
    return ChildProcess.run(MemoryTrial.class, MemoryTrial.Result.class, arguments);
  }

  /** The same steps with activations kept and with activations computed again. */
  static void checkpointing(int width, int layers, int length, int rows, int steps, BenchRun run)
      throws IOException, InterruptedException {
    String subject = "checkpointing-" + Workload.llama(width, layers, length, rows).label();
    run.say("Memory, " + subject);
    MemoryTrial.Result kept = trial(MemoryTrial.Kind.ALL, width, layers, length, rows, steps);
    MemoryTrial.Result again = trial(MemoryTrial.Kind.CHECKPOINTED, width, layers, length, rows, steps);
    run.add(Row.against(subject, "peak-memory", (again.peak() - again.before()) / MB, "MB",
        "activations kept; both without the JVM and its libraries", (kept.peak() - kept.before()) / MB));
    run.add(Row.against(subject, "peak-memory-of-process", again.peak() / MB, "MB", "activations kept", kept.peak() / MB));
    run.add(Row.against(subject, "step", again.seconds(), "s", "activations kept", kept.seconds()));
  }

  /** An adapter of rank 8 beside about a hundred million frozen parameters. */
  static void adapter(int width, int layers, int length, int rows, int steps, BenchRun run)
      throws IOException, InterruptedException {
    String subject = "lora-" + Workload.llama(width, layers, length, rows).label();
    run.say("Memory, " + subject);
    MemoryTrial.Result seen = trial(MemoryTrial.Kind.LORA, width, layers, length, rows, steps);
    double activations = seen.peak() - seen.loaded();
    run.add(Row.alone(subject, "activations", activations / MB, "MB"));
    run.add(Row.against(subject, "peak-memory", (seen.peak() - seen.before()) / MB, "MB",
        "weights and activations", (seen.weights() + activations) / MB));
    run.add(Row.alone(subject, "step", seen.seconds(), "s"));
  }
}
