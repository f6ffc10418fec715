// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.stages;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.PublicData;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Each stage of training on real data, three seeds, its own held-out measure before and after. */
public final class StagesBench implements Bench {
  @Override
  public String name() {
    return "stages";
  }

  @Override
  public String purpose() {
    return "what pretraining, fine-tuning, DPO, GRPO, PPO and distillation each gain on held-out data";
  }

  @Override
  public void measure(BenchRun run) throws IOException {
    Path folder = Files.createTempDirectory("millrace-stages");
    try {
      StageData data = StageData.read(PublicData.folder(), folder.resolve("tokenizer"));
      for (int seed = 1; seed <= (run.quick() ? 1 : 3); seed++) {
        new StageRun(data, folder.resolve("seed" + seed), seed, run.quick() ? 0.25 : 1, run).all();
      }
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
