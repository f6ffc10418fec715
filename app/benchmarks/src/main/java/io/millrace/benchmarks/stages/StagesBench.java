// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.stages;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.WorkFolder;

import java.io.IOException;

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
    try (WorkFolder folder = WorkFolder.create("stages")) {
      StageData data = StageData.read(run.data(), folder.path().resolve("tokenizer"));
      for (int seed = 1; seed <= (run.quick() ? 1 : 3); seed++) {
        new StageRun(data, folder.path().resolve("seed" + seed), seed, run.quick() ? 0.25 : 1, run).all();
      }
    }
  }
}
