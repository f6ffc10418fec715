// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.training;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;
import io.millrace.tensor.DType;
import io.millrace.train.AdamW;
import io.millrace.train.Budget;
import io.millrace.train.Pretraining;
import io.millrace.train.RunControl;
import io.millrace.train.Schedule;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Pretraining as users run it, against the rate of matrix products. The products are timed between the steps, so that
 * whatever else the machine does slows both down alike.
 */
final class PretrainingSpeed {
  private static final int SQUARE = 2048;

  private final List<Double> steps = new ArrayList<>();
  private final List<Double> square = new ArrayList<>();
  private final List<Double> own = new ArrayList<>();
  private long resumed;

  private PretrainingSpeed() {}

  /** Trains for so many steps, the first two of which do not count, and reports. */
  static void measure(Workload workload, int steps, Path folder, BenchRun run) throws IOException {
    run.say("Pretraining %s: %d steps of %d rows".formatted(workload.label(), steps, workload.rows()));
    new PretrainingSpeed().run(workload, steps, folder, run);
  }

  private void run(Workload workload, int count, Path folder, BenchRun run) throws IOException {
    try (MatmulRate limit = MatmulRate.square(SQUARE);
        MatmulRate shapes = MatmulRate.ofStep(workload)) {
      limit.measure();
      shapes.measure();
      RunControl control = new RunControl(folder.resolve("run"), progress -> {
        if (progress.step() > 2) {
          steps.add((System.nanoTime() - resumed) / 1e9);
          square.add(limit.measure());
          own.add(shapes.measure());
        }
        resumed = System.nanoTime();
      }, () -> false, Duration.ofDays(1));
      Pretraining.Settings settings = new Pretraining.Settings(workload.model(), workload.length(), workload.rows(), 1e-3,
          new Schedule.Cosine(0.1, 0.1), Budget.ofSteps(count), AdamW.Settings.DECODER, DType.BF16, 1);
      new Pretraining(settings, control).run(Workload.text(workload.tokens() * 16 + 1, 1), new int[0], folder.resolve("model"));
      report(workload, run);
    }
  }

  private void report(Workload workload, BenchRun run) {
    String subject = "pretrain-" + workload.label();
    double rate = workload.tokens() / median(steps);
    double limit = median(square) / 1e9;
    double flops = rate * workload.matrixFlops() / 1e9;
    double attention = rate * workload.attentionFlops() / 1e9;
    run.add(Row.alone(subject, "tokens", rate, "tokens/s"));
    run.add(Row.against(subject, "flops", flops, "GFLOPS", "bf16 matmul 2048x2048x2048", limit));
    run.add(Row.against(subject, "flops-with-attention", flops + attention, "GFLOPS", "bf16 matmul 2048x2048x2048", limit));
    run.add(Row.against(subject, "flops-of-own-shapes", flops, "GFLOPS", "bf16 matmuls of this model's linear layers alone",
        median(own) / 1e9));
  }

  private static double median(List<Double> values) {
    return Figures.median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
