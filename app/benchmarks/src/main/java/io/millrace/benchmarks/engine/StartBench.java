// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;

import java.io.IOException;
import java.nio.file.Path;

/** How soon a new process of the generation engine writes, and whether it stays as large as it was: a small model. */
public final class StartBench implements Bench {
  private static final int STARTS = 5;

  @Override
  public String name() {
    return "start";
  }

  @Override
  public String purpose() {
    return "the generation engine's first token after a cold start, and its memory over many requests";
  }

  @Override
  public void measure(BenchRun run) throws IOException, InterruptedException {
    int threads = EngineBench.threads();
    ModelShelf shelf = new ModelShelf(EngineBench.place(), ModelShape.LLAMA_10M, run::say);
    int vocabulary = shelf.shape().config().vocabSize();
    Path folder = shelf.ours(Precision.INT8);
    double[] starts = new double[STARTS];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = ColdStart.seconds(folder, threads, vocabulary);
    }
    run.add(Row.against("cold-start-" + shelf.shape().label(), "first token", Figures.median(starts), "s", "what it may take", 3));
    int requests = run.quick() ? 1_000 : 10_000;
    SteadyMemory.Result memory = SteadyMemory.after(requests, folder, threads, vocabulary);
    run.add(Row.against("memory-after-" + requests + "-requests-" + shelf.shape().label(), "resident", memory.late() / 1e6, "MB",
        "after " + requests / 5 + " requests", memory.early() / 1e6));
  }
}
