// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.ChildProcess;
import io.millrace.benchmarks.Figures;
import io.millrace.benchmarks.Row;
import io.millrace.model.gguf.GgufType;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Our engine and the peer in turns: in each, every contender does its tasks once, alone on the machine, in a process that
 * ends before the next begins; every second turn in the opposite order, so that a machine that grows slower favours nobody.
 */
final class Match {
  private static final Task PREFILL = Task.prefill(512);
  private static final Task DECODE = Task.decode(1, 1, 128);
  private static final List<Task> WRITING = List.of(DECODE, Task.decode(1, 512, 128), Task.decode(8, 16, 64));
  private static final Task SHARED = Task.firstToken(1000, 24, 16, true);
  private static final Task ALONE = Task.firstToken(1000, 24, 3, false);

  /** Not timed: code is compiled, pages are mapped. */
  private static final List<Task> WARM_UP = List.of(Task.prefill(512), Task.decode(1, 1, 32), Task.decode(8, 1, 16));

  /** The share of the processors from which on others disturb. */
  private static final double BUSY = 0.05;

  private final ModelShelf shelf;
  private final @Nullable LlamaCpp peer;
  private final int threads;
  private final BenchRun run;
  private final Samples samples = new Samples();
  private final WeightTraffic traffic;
  private final Bystanders bystanders = new Bystanders();

  Match(ModelShelf shelf, @Nullable LlamaCpp peer, int threads, BenchRun run) {
    this.shelf = shelf;
    this.peer = peer;
    this.threads = threads;
    this.run = run;
    traffic = new WeightTraffic(threads);
  }

  private static Stream<Precision> precisions() {
    return Stream.of(Precision.values());
  }

  private static List<Task> tasks(Precision precision) {
    List<Task> tasks = new ArrayList<>(List.of(PREFILL));
    if (precision != Precision.BF16) {
      tasks.addAll(WRITING);
    }
    if (precision == Precision.INT8) {
      tasks.addAll(List.of(SHARED, ALONE));
    }
    return tasks;
  }

  /** What a peer's format is measured in: what ours of the precision that it stands beside is. */
  private static List<Task> tasks(GgufType type) {
    return tasks(precisions().filter(p -> p.rivals().contains(type)).findFirst().orElse(Precision.BF16));
  }

  private static String ours(Precision precision) {
    return "Millrace " + precision.label();
  }

  private static String theirs(GgufType type) {
    return LlamaCpp.NAME + " " + (type == GgufType.Q4_K ? "Q4_K_M" : type.name());
  }

  /** Everybody's tasks once. */
  void turn(boolean backwards) throws IOException, InterruptedException {
    for (Precision precision : backwards ? precisions().toList().reversed() : precisions().toList()) {
      List<GgufType> rivals = peer == null ? List.of() : precision.rivals();
      if (backwards) {
        for (GgufType type : rivals.reversed()) {
          compete(type);
        }
      }
      compete(precision);
      if (!backwards) {
        for (GgufType type : rivals) {
          compete(type);
        }
      }
    }
  }

  private void compete(GgufType type) throws IOException, InterruptedException {
    if (peer == null) {
      return;
    }
    Path file = shelf.gguf(type);
    watch();
    try (Contender contender = peer.start(file, threads, vocabulary(), run::say)) {
      time(theirs(type), contender, tasks(type));
    }
  }

  private void compete(Precision precision) throws IOException, InterruptedException {
    Path folder = shelf.ours(precision);
    watch();
    double before = traffic.bandwidth();
    ProcessBuilder process = ChildProcess.of(OurEngine.class, List.of("-Xmx3g", "-Xshare:auto"), folder.toString(),
        Integer.toString(threads), Integer.toString(vocabulary()));
    try (Contender contender = Contender.start(ours(precision), process, run::say)) {
      time(ours(precision), contender, tasks(precision));
    }
    if (tasks(precision).contains(DECODE)) {
      traffic.add(precision, WeightTraffic.bytes(folder) * samples.last(ours(precision), DECODE),
          Math.max(before, traffic.bandwidth()));
    }
  }

  private void watch() throws InterruptedException {
    double others = bystanders.watch();
    if (others > BUSY) {
      run.say("Other processes take %.0f %% of the processors: what follows compares little".formatted(100 * others));
    }
  }

  private void time(String name, Contender contender, List<Task> tasks) throws IOException {
    for (Task task : WARM_UP) {
      contender.run(task);
    }
    for (Task task : tasks) {
      double value = contender.run(task);
      samples.add(name, task, value);
      run.say("  " + name + " " + task.label() + " " + Figures.of(value) + " " + task.unit());
    }
  }

  /** The medians of all turns: ours, beside the peer's where there is one. */
  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    precisions().forEach(precision -> {
      rows.add(beside(precision, PREFILL, bestPeer(precision)));
      if (precision != Precision.BF16) {
        for (Task task : WRITING) {
          rows.add(beside(precision, task, precision.rivals().getFirst()));
        }
        rows.add(traffic.row(subject(DECODE, precision), precision));
      }
    });
    rows.add(beside(Precision.INT8, SHARED, GgufType.Q8_0));
    rows.add(Row.against(subject(SHARED, Precision.INT8) + "-to-alone", "seconds", samples.median(ours(Precision.INT8), SHARED),
        "s", "the same with no prefix in common", samples.median(ours(Precision.INT8), ALONE)));
    rows.add(Row.alone("machine-" + shelf.shape().label(), "used by others", 100 * bystanders.most(), "% of the processors"));
    return rows;
  }

  /** llama.cpp's fastest of equal or better precision. */
  private @Nullable GgufType bestPeer(Precision precision) {
    return precision.peers().stream().filter(type -> samples.has(theirs(type), PREFILL))
        .max(Comparator.comparingDouble(type -> samples.median(theirs(type), PREFILL))).orElse(null);
  }

  private Row beside(Precision precision, Task task, @Nullable GgufType type) {
    double value = samples.median(ours(precision), task);
    return type != null && samples.has(theirs(type), task)
        ? Row.against(subject(task, precision), task.metric(), value, task.unit(), theirs(type), samples.median(theirs(type), task))
        : Row.alone(subject(task, precision), task.metric(), value, task.unit());
  }

  private int vocabulary() {
    return shelf.shape().config().vocabSize();
  }

  private String subject(Task task, Precision precision) {
    return task.label() + "-" + shelf.shape().label() + "-" + precision.label();
  }
}
