// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import io.millrace.benchmarks.compress.CompressBench;
import io.millrace.benchmarks.engine.ChoiceBench;
import io.millrace.benchmarks.engine.EngineBench;
import io.millrace.benchmarks.engine.StartBench;
import io.millrace.benchmarks.grounding.GroundingBench;
import io.millrace.benchmarks.memory.EmbedderBench;
import io.millrace.benchmarks.memory.GrowthBench;
import io.millrace.benchmarks.memory.MemoryBench;
import io.millrace.benchmarks.memory.RerankerBench;
import io.millrace.benchmarks.poetry.PoetryBench;
import io.millrace.benchmarks.questions.QuestionsBench;
import io.millrace.benchmarks.scale.ScaleBench;
import io.millrace.benchmarks.stages.StagesBench;
import io.millrace.benchmarks.training.TrainingBench;

import java.util.List;
import java.util.stream.Collectors;

/** All benches; a new one is added here. */
public final class Benches {
  /** In the order in which help shows them. */
  public static final List<Bench> ALL = List.of(
      new TrainingBench(), new EngineBench(), new StartBench(), new ChoiceBench(), new StagesBench(), new PoetryBench(), new CompressBench(),
      new EmbedderBench(), new RerankerBench(), new MemoryBench(), new GrowthBench(), new ScaleBench(), new QuestionsBench(), new GroundingBench());

  private Benches() {}

  /**
   * The bench of that name.
   *
   * @throws IllegalArgumentException listing those that there are
   */
  public static Bench named(String name) {
    return ALL.stream().filter(bench -> bench.name().equals(name)).findFirst().orElseThrow(
        () -> new IllegalArgumentException("no bench '" + name + "'; there are: "
            + ALL.stream().map(Bench::name).collect(Collectors.joining(", "))));
  }
}
