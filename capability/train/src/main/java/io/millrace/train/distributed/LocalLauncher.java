// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.distributed;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Starts the processes of a group on this machine, as torchrun does: the same command line for each, with its place in
 * the environment.
 *
 * <p>Their output is passed on with the rank before each line; the cores are divided among them; if one fails, the
 * others are stopped. Ctrl-C, or an interrupt of the waiting thread, asks all to stop and waits for them to write their
 * checkpoints.
 */
public final class LocalLauncher {
  /** Where a worker finds the launcher's process number, so that it does not outlive it. */
  static final String LAUNCHER = "MILLRACE_LAUNCHER_PID";

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private final int processes;
  private final List<String> command;
  private final int cores;
  private final PrintStream out;

  /**
   * A launcher.
   *
   * @param processes how many, at least 1
   * @param command of each; see {@link #sameJava}
   * @param cores of this machine that they share
   * @param out where their output goes
   */
  public LocalLauncher(int processes, List<String> command, int cores, PrintStream out) {
    if (processes < 1 || cores < 1) {
      throw new IllegalArgumentException("%d processes on %d cores: both must be at least 1".formatted(processes, cores));
    }
    this.processes = processes;
    this.command = List.copyOf(command);
    this.cores = cores;
    this.out = out;
  }

  /**
   * The command line of this Java: the same runtime, flags and class path.
   *
   * @param main class to run
   * @param arguments of its main method
   */
  public static List<String> sameJava(Class<?> main, List<String> arguments) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // Agents and debuggers belong to this process.
      if (!flag.startsWith("-agent") && !flag.startsWith("-javaagent")) {
        line.add(flag);
      }
    }
    line.add(main.getName());
    line.addAll(arguments);
    return line;
  }

  /**
   * Runs the processes to their end.
   *
   * @throws IllegalStateException naming the rank that failed first, with its exit status, after all others have ended
   * @throws InterruptedException after all have ended, if this thread was interrupted
   */
  public void run() throws InterruptedException {
    List<Process> workers = new ArrayList<>();
    Thread interrupted = new Thread(() -> stop(workers), "stop-workers");
    Runtime.getRuntime().addShutdownHook(interrupted);
    try {
      int port = freePort();
      for (int rank = 0; rank < processes; rank++) {
        workers.add(start(rank, port));
      }
      requireSuccess(workers);
    } finally {
      stop(workers);
      removeHook(interrupted);
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The virtual machine is on its way down, and the hook at work.
    }
  }

  private Process start(int rank, int port) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectInput(ProcessBuilder.Redirect.from(new File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null")));
    // By environment, since some libraries cannot bear long command lines.
    builder.environment().putIfAbsent("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().putAll(environment(rank, port));
    try {
      Process process = builder.start();
      Thread.ofVirtual().name("output-of-rank-" + rank).start(() -> pass(rank, process));
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException("rank " + rank + " cannot be started: " + String.join(" ", command), e);
    }
  }

  /** What torchrun sets, and this process's share of the cores. */
  Map<String, String> environment(int rank, int port) {
    int share = Math.max(1, cores / processes);
    return Map.of(
        "MASTER_ADDR", "127.0.0.1",
        "MASTER_PORT", Integer.toString(port),
        "RANK", Integer.toString(rank),
        "LOCAL_RANK", Integer.toString(rank),
        "WORLD_SIZE", Integer.toString(processes),
        "OMP_NUM_THREADS", Integer.toString(share),
        "OMP_WAIT_POLICY", "PASSIVE",
        LAUNCHER, Long.toString(ProcessHandle.current().pid()));
  }

  private void pass(int rank, Process process) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        out.println("[rank " + rank + "] " + line);
      }
    } catch (IOException e) {
      out.println("[rank " + rank + "] its output ended: " + e.getMessage());
    }
  }

  /** Waits until all have ended well or one has not. */
  private void requireSuccess(List<Process> workers) throws InterruptedException {
    CompletableFuture<Integer> failed = new CompletableFuture<>();
    CompletableFuture<?>[] ends = new CompletableFuture<?>[workers.size()];
    for (int i = 0; i < ends.length; i++) {
      int rank = i;
      ends[i] = workers.get(i).onExit().thenAccept(process -> {
        if (process.exitValue() != 0) {
          failed.complete(rank);
        }
      });
    }
    CompletableFuture<Void> all = CompletableFuture.allOf(ends);
    try {
      CompletableFuture.anyOf(all, failed).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for the workers failed", e);
    }
    if (failed.isDone()) {
      int rank = failed.join();
      Process process = workers.get(rank);
      int status = process.exitValue();
      throw new IllegalStateException("rank %d of %d (process %d) ended with status %d%s; the others were stopped. The last complete checkpoint is kept: run again to continue."
          .formatted(rank, processes, process.pid(), status, status > 128 ? ", killed by signal " + (status - 128) : ""));
    }
  }

  /** Asks all to stop, and ends those that do not. */
  private static void stop(List<Process> workers) {
    workers.forEach(Process::destroy);
    long until = System.nanoTime() + PATIENCE.toNanos();
    boolean interrupted = false;
    for (Process worker : workers) {
      try {
        if (!worker.waitFor(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
          worker.destroyForcibly();
        }
      } catch (InterruptedException e) {
        interrupted = true;
        worker.destroyForcibly();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port on this machine", e);
    }
  }
}
