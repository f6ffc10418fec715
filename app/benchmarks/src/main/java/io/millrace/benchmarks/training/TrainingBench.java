// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.training;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.WorkFolder;

import java.io.IOException;
import java.util.List;

/** Pretraining against the rate of matrix products, and what training takes in memory. */
public final class TrainingBench implements Bench {
  /** Sequences of 256 to 1,024 tokens, ten to fifty million parameters. */
  private static final List<Workload> WORKLOADS =
      List.of(Workload.llama(384, 6, 256, 16), Workload.llama(576, 6, 512, 8), Workload.llama(768, 6, 1024, 4));

  @Override
  public String name() {
    return "training";
  }

  @Override
  public String purpose() {
    return "pretraining against the rate of BF16 matrix products; memory of checkpointing and of adapters";
  }

  @Override
  public void measure(BenchRun run) throws IOException, InterruptedException {
    for (Workload workload : run.quick() ? WORKLOADS.subList(0, 1) : WORKLOADS) {
      try (WorkFolder folder = WorkFolder.create("training")) {
        PretrainingSpeed.measure(workload, 10, folder.path(), run);
      }
    }
    TrainingMemory.checkpointing(384, 8, 512, 8, 5, run);
    TrainingMemory.adapter(768, 14, 256, 4, 4, run);
  }
}
