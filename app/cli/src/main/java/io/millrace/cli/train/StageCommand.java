// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.cli.Millrace;
import io.millrace.cli.Stop;
import io.millrace.cli.TerminalProgress;
import io.millrace.tensor.Device;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.Rendezvous;
import io.millrace.train.Progress;
import io.millrace.train.RunControl;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.distributed.LocalLauncher;
import io.millrace.train.distributed.Worker;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * A stage on the command line, from options to the table at its end: checks what can be checked before work begins,
 * shows progress, saves on Ctrl-C and says how to continue, registers the result.
 */
abstract class StageCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Mixin final RunOptions run;

  private boolean quiet;

  StageCommand(RunOptions run) {
    this.run = run;
  }

  /** What is made, as the registry calls it, such as decoder. */
  abstract String kind();

  /** Trains; called once the folders are known to be usable. */
  abstract StageResult train(RunControl control) throws Exception;

  /** Whether several processes can do it together. */
  boolean distributes() {
    return false;
  }

  /**
   * Checks that so many processes can divide a step.
   *
   * @throws IllegalArgumentException naming the option that does not fit
   */
  void checkDivision(int processes) {
    run.microBatch();
  }

  /** Bytes that checkpoint and result may take, as far as that is known before. */
  long bytesNeeded() throws IOException {
    return 0;
  }

  /** The folder of the model to begin with, for the lineage; null for none. */
  @org.jspecify.annotations.Nullable Path base() {
    return null;
  }

  @Override
  public final Integer call() throws Exception {
    if (run.processes < 1) {
      throw new IllegalArgumentException("--processes " + run.processes + ": must be at least 1");
    }
    if (run.processes > 1 && Rendezvous.of(System.getenv()).isEmpty()) {
      return launch();
    }
    try (Collective group = Worker.join(System.getenv(), Device.Kind.CPU)) {
      requireDistributes(group.size());
      return train(Distribution.over(group, run.sharding));
    }
  }

  /** Starts the processes, each with this command line, and waits for them. */
  private int launch() throws IOException, InterruptedException {
    requireDistributes(run.processes);
    run.group = run.processes;
    checkDivision(run.processes);
    check(run.folder());
    run.optimisation();
    List<String> line = List.copyOf(spec.root().commandLine().getParseResult().originalArgs());
    new LocalLauncher(
        run.processes, LocalLauncher.sameJava(Millrace.class, line), Runtime.getRuntime().availableProcessors(), System.out)
        .run();
    return 0;
  }

  private void requireDistributes(int processes) {
    if (processes > 1 && !distributes()) {
      throw new IllegalArgumentException(
          "%s trains in one process, not in %d; pretrain, sft, reward, dpo and kto can be divided".formatted(spec.name(), processes));
    }
  }

  private int train(Distribution processes) throws Exception {
    Path folder = run.folder();
    run.group = processes.size();
    checkDivision(processes.size());
    quiet = !processes.leads();
    if (processes.leads()) {
      check(folder);
    }
    processes.group().barrier();
    run.optimisation(); // refuses impossible figures before data are read
    PrintWriter out = out();
    TerminalProgress terminal = new TerminalProgress(out);
    try (Stop stop = Stop.listen();
        Registration registration = quiet
            ? Registration.none(kind(), spec.name(), folder)
            : Registration.open(run, kind(), spec.name(), folder)) {
      RunControl control = new RunControl(folder, progress -> {
        terminal.show(line(progress));
        registration.progress(progress);
      }, stop, Duration.ofSeconds(20), processes);
      StageResult result;
      try {
        result = train(control);
      } catch (Exception e) {
        terminal.endLine();
        registration.failed(e);
        throw e;
      }
      terminal.endLine();
      if (!result.finished()) {
        registration.stopped();
        out.printf("Stopped after %,d steps; the checkpoint is in %s. Continue with the same command and --resume:%n  millrace %s%n",
            result.outcome() == null ? 0 : result.outcome().steps(), folder, resumed());
        out.flush();
        return INTERRUPTED;
      }
      if (!quiet) {
        report(result, registration);
      }
      return 0;
    }
  }

  private void report(StageResult result, Registration registration) throws IOException {
    PrintWriter out = out();
    out.println();
    if (result.outcome() != null) {
      out.printf(Locale.ROOT, "%,d steps, %,d tokens in %s, %,.0f tokens/s, loss at the end %.4f%n",
          result.outcome().steps(), result.outcome().tokens(), duration(result.outcome().elapsed()),
          result.outcome().tokensPerSecond(), result.outcome().finalLoss());
    }
    out.print(result.table());
    out.println("Written to " + run.output);
    if (result.outcome() != null) {
      out.println("Curves: " + run.folder().resolve("metrics.jsonl") + ", or tensorboard --logdir " + run.folder());
    }
    String reference = registration.finished(result, run.output, base());
    if (reference != null) {
      out.println("Registered as " + reference);
    }
    out.flush();
  }

  private void checkOutput() throws IOException {
    if (Files.exists(run.output) && !Files.isDirectory(run.output)) {
      throw new IllegalArgumentException("--output " + run.output + " is a file: give a folder");
    }
    if (Files.isDirectory(run.output)) {
      try (Stream<Path> files = Files.list(run.output)) {
        if (files.findAny().isPresent()) {
          throw new IllegalArgumentException("--output " + run.output + " is not empty: choose another folder, or remove it");
        }
      }
    }
  }

  private void check(Path folder) throws IOException {
    checkOutput();
    checkRun(folder);
    checkSpace(folder);
  }

  private void checkRun(Path folder) throws IOException {
    RunControl found = RunControl.in(folder);
    boolean unfinished = found.unfinished();
    if (run.resume && run.fresh) {
      throw new IllegalArgumentException("--resume and --fresh: give one of the two");
    }
    if (run.resume && !unfinished) {
      throw new IllegalArgumentException("--resume: there is no checkpoint in " + folder + "; leave --resume out to begin anew");
    }
    if (unfinished && run.fresh) {
      found.forget();
    } else if (unfinished && !run.resume) {
      throw new IllegalArgumentException(
          folder + " holds an unfinished run: continue it with --resume, or begin anew with --fresh");
    }
  }

  private void checkSpace(Path folder) throws IOException {
    long needed = bytesNeeded();
    FileStore store = Files.getFileStore(folder);
    if (store.getUsableSpace() < needed) {
      throw new IllegalArgumentException(String.format(Locale.ROOT,
          "%s has %.1f GB left, but checkpoint and result may take %.1f GB: free some space, or choose other folders with --output and --run",
          folder, store.getUsableSpace() / 1e9, needed / 1e9));
    }
  }

  private static String line(Progress progress) {
    return String.format(Locale.ROOT, "%-14s step %,d of %,d, loss %.4f, %,.0f tokens/s, %s left", progress.stage(),
        progress.step(), progress.total(), progress.loss(), progress.tokensPerSecond(), duration(progress.remaining()));
  }

  static String duration(Duration time) {
    long seconds = time.toSeconds();
    return seconds >= 3600 ? seconds / 3600 + " h " + seconds / 60 % 60 + " min"
        : seconds >= 60 ? seconds / 60 + " min " + seconds % 60 + " s" : seconds + " s";
  }

  private String resumed() {
    String line = String.join(" ", Quoted.all(spec.root().commandLine().getParseResult().originalArgs()));
    return run.resume ? line : line.replace(" --fresh", "") + " --resume";
  }

  /** Where people read; of several processes only the first one speaks. */
  final PrintWriter out() {
    return quiet ? new PrintWriter(Writer.nullWriter()) : spec.commandLine().getOut();
  }

  /** Does something that leaves files behind in the first process, before the others look for them. */
  static void leaderFirst(RunControl control, Writing work) throws IOException {
    if (control.distribution().leads()) {
      work.write();
    }
    control.distribution().group().barrier();
  }

  /** What leaves files behind. */
  interface Writing {
    void write() throws IOException;
  }

  /** Tells the person something that is no result. */
  final void note(String text) {
    out().println(text);
    out().flush();
  }
}
