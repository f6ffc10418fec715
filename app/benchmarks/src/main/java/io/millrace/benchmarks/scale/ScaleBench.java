// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.scale;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.ChildProcess;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.WorkFolder;
import io.millrace.core.json.Json;
import io.millrace.core.settings.VectorPrecision;
import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * {@code millrace bench scale}: the memory with made-up passages, a small collection in each precision beside exact embeddings, then a
 * million passages with 4 GB of heap; with 8 bits a dimension also passages with names and links, so that all retrievers have work. Takes
 * more than an hour on two cores.
 */
public final class ScaleBench implements Bench {

  private static final int SMALL = 100_000;
  private static final int LARGE = 1_000_000;
  private static final int QUICK = 20_000;
  private static final int SECONDS = 20;
  private static final int QUICK_SECONDS = 5;
  private static final int LINES = 8;
  private static final double MILLION = 1e6;

  @Override
  public String name() {
    return "scale";
  }

  @Override
  public String purpose() {
    return "The memory at a million made-up passages with 4 GB of heap: times of searches, recall, what it takes; and each precision of embeddings";
  }

  @Override
  public void measure(BenchRun run) throws Exception {
    int small = run.quick() ? QUICK : SMALL;
    ScaleTrial.Result exact = trial(small, VectorPrecision.FLOAT, false, run);
    add(subject(small, VectorPrecision.FLOAT), small, exact, null, "", run);
    ScaleTrial.Result plain = null;
    for (VectorPrecision precision : List.of(VectorPrecision.INT8, VectorPrecision.INT4, VectorPrecision.BIT)) {
      ScaleTrial.Result result = trial(small, precision, false, run);
      add(subject(small, precision), small, result, exact, "float", run);
      plain = precision == VectorPrecision.INT8 ? result : plain;
    }
    ScaleTrial.Result named = trial(small, VectorPrecision.INT8, true, run);
    addNamed(small, named, plain, run);
    if (!run.quick()) {
      add(subject(LARGE, VectorPrecision.INT8), LARGE, trial(LARGE, VectorPrecision.INT8, false, run), null, "", run);
      addNamed(LARGE, trial(LARGE, VectorPrecision.INT8, true, run), null, run);
    }
  }

  private static String subject(int passages, VectorPrecision precision) {
    return String.format(Locale.ROOT, "%d passages, %s", passages, precision.text());
  }

  private static void addNamed(int passages, ScaleTrial.Result named, ScaleTrial.@Nullable Result plain, BenchRun run) {
    String subject = subject(passages, VectorPrecision.INT8) + ", with names and links";
    add(subject, passages, named, plain, "without", run);
    run.add(Row.against(subject, "searches for whose hits names spoke", named.byName(), "share", "questions that name something", 1 / 3.0));
    run.add(Row.alone(subject, "searches for whose hits the graph spoke", named.byGraph(), "share"));
  }

  private static void add(
      String subject, int passages, ScaleTrial.Result result, ScaleTrial.@Nullable Result beside, String what, BenchRun run) {
    double millions = passages / MILLION;
    run.add(Row.against(subject, "recall@10", result.recall(), "", "looking at every passage", 1));
    run.add(row(subject, "search p50", result.p50(), "ms", beside == null ? null : beside.p50(), what));
    run.add(Row.against(subject, "search p99", result.p99(), "ms", "limit", 50));
    run.add(row(subject, "searches", result.searches(), "1/s", beside == null ? null : beside.searches(), what));
    run.add(Row.against(subject, "searches while documents come in", result.streaming(), "1/s", "without", result.searches()));
    run.add(Row.against(subject, "put until found, p95", result.visibleP95(), "ms", "limit", 1_000));
    run.add(row(subject, "passages indexed", result.indexed(), "1/s", beside == null ? null : beside.indexed(), what));
    run.add(row(subject, "passages indexed and merged", result.settled(), "1/s", beside == null ? null : beside.settled(), what));
    run.add(Row.alone(subject, "disk for a million", result.disk() / millions / MILLION, "MB"));
    run.add(row(subject, "graph and its embeddings for a million", result.walked() / millions / MILLION, "MB",
        beside == null ? null : beside.walked() / millions / MILLION, what));
    run.add(Row.alone(subject, "heap in use", result.heap() / MILLION, "MB"));
    run.add(Row.alone(subject, "resident at its peak, files included", result.resident() / MILLION, "MB"));
  }

  private static Row row(String subject, String metric, double value, String unit, @Nullable Double beside, String what) {
    return beside == null ? Row.alone(subject, metric, value, unit) : Row.against(subject, metric, value, unit, what, beside);
  }

  private static ScaleTrial.Result trial(int passages, VectorPrecision precision, boolean named, BenchRun run) throws Exception {
    run.say(String.format(Locale.ROOT, "%,d passages, %s%s", passages, precision.text(), named ? ", with names and links" : ""));
    try (WorkFolder folder = WorkFolder.create("scale")) {
      Process child =
          ChildProcess.of(
                  ScaleTrial.class, List.of("-Xmx4g"), Integer.toString(passages),
                  Integer.toString(run.quick() ? QUICK_SECONDS : SECONDS), precision.text(), Boolean.toString(named),
                  folder.path().resolve("index").toString())
              .redirectErrorStream(true)
              .start();
      Deque<String> last = new ArrayDeque<>();
      try (BufferedReader lines = child.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          last.add(line);
          if (last.size() > LINES) {
            last.remove();
          }
          if (!line.startsWith("{")) {
            run.say("  " + line);
          }
        }
        if (child.waitFor() != 0) {
          throw new IOException("the trial ended with code " + child.exitValue() + ": " + String.join("\n", last));
        }
        return Json.read(last.getLast(), ScaleTrial.Result.class);
      } finally {
        child.destroy();
      }
    }
  }
}
