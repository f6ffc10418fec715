// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The generation engine on a CPU: against llama.cpp where wanted, and against what memory, a cache and time allow. */
public final class EngineBench implements Bench {
  private static final int TURNS = 3;
  private static final int STARTS = 5;

  @Override
  public String name() {
    return "engine";
  }

  @Override
  public String purpose() {
    return "reading prompts and writing tokens, beside llama.cpp (--against) and the bandwidth of memory; prefix cache,"
        + " cold start, memory";
  }

  @Override
  public List<String> peers() {
    return List.of(LlamaCpp.NAME);
  }

  @Override
  public void measure(BenchRun run) throws IOException, InterruptedException {
    String home = System.getenv("MILLRACE_HOME");
    Path place = (home == null ? Path.of(".millrace").toAbsolutePath() : Path.of(home)).resolve("bench").resolve("engine");
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
    ModelShape shape = run.quick() ? ModelShape.QWEN3_54M : ModelShape.QWEN3_0_6B;
    ModelShelf shelf = new ModelShelf(place, shape, run::say);
    Match match = new Match(shelf, peer(run, place), threads, run);
    for (int turn = 0; turn < TURNS; turn++) {
      run.say("Turn " + (turn + 1) + " of " + TURNS + ": " + shape.label() + ", " + threads + " threads");
      match.turn(turn % 2 == 1);
    }
    match.rows().forEach(run::add);
    small(new ModelShelf(place, ModelShape.LLAMA_10M, run::say), threads, run);
  }

  /** The peer; null where none is wanted, or where it cannot run, which is said. */
  private static @Nullable LlamaCpp peer(BenchRun run, Path place) throws InterruptedException {
    if (run.against() == null) {
      return null;
    }
    try {
      run.say("Fetching " + run.against() + " unless it is there");
      return LlamaCpp.install(place);
    } catch (IllegalArgumentException | IOException e) {
      run.withoutPeer(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static void small(ModelShelf shelf, int threads, BenchRun run) throws IOException, InterruptedException {
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
