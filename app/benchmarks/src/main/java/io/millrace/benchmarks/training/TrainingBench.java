// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.training;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Pretraining against the rate of matrix products. */
public final class TrainingBench implements Bench {
  /** Sequences of 256 to 1,024 tokens, ten to fifty million parameters. */
  private static final List<Workload> WORKLOADS =
      List.of(Workload.llama(384, 6, 256, 16), Workload.llama(576, 7, 512, 8), Workload.llama(768, 7, 1024, 4));

  @Override
  public String name() {
    return "training";
  }

  @Override
  public String purpose() {
    return "pretraining against the rate of BF16 matrix products";
  }

  @Override
  public void measure(BenchRun run) throws IOException {
    for (Workload workload : run.quick() ? WORKLOADS.subList(0, 2) : WORKLOADS) {
      Path folder = PretrainingSpeed.temporary();
      try {
        PretrainingSpeed.measure(workload, run.quick() ? 12 : 20, folder, run);
      } finally {
        delete(folder);
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
