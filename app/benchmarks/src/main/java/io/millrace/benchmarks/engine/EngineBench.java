// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The generation engine on a CPU: against llama.cpp where wanted, and against what memory and a cache allow. */
public final class EngineBench implements Bench {
  private static final int TURNS = 3;

  @Override
  public String name() {
    return "engine";
  }

  @Override
  public String purpose() {
    return "reading prompts and writing tokens, beside llama.cpp (--against) and the bandwidth of memory; prefix cache";
  }

  @Override
  public List<String> peers() {
    return List.of(LlamaCpp.NAME);
  }

  @Override
  public void measure(BenchRun run) throws IOException, InterruptedException {
    Path place = place();
    int threads = threads();
    ModelShape shape = run.quick() ? ModelShape.QWEN3_54M : ModelShape.QWEN3_0_6B;
    ModelShelf shelf = new ModelShelf(place, shape, run::say);
    Match match = new Match(shelf, peer(run, place), threads, run);
    for (int turn = 0; turn < TURNS; turn++) {
      run.say("Turn " + (turn + 1) + " of " + TURNS + ": " + shape.label() + ", " + threads + " threads");
      match.turn(turn % 2 == 1);
    }
    match.rows().forEach(run::add);
  }

  /** Where models and peers are kept. */
  static Path place() {
    String home = System.getenv("MILLRACE_HOME");
    return (home == null ? Path.of(".millrace").toAbsolutePath() : Path.of(home)).resolve("bench").resolve("engine");
  }

  static int threads() {
    return Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
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
}
