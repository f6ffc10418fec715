// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.sandbox;

import io.millrace.core.json.Json;
import io.millrace.core.spi.FileFormats.Place;
import io.millrace.core.spi.FileFormats.Reading;
import io.millrace.formats.draft.FormatLimits;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** One worker, seen from its parent. Used by one thread at a time; after a failure it is dead. */
final class WorkerProcess {

  /** A reply has at most so many bytes: text within its limit, escaped. */
  private static final int LARGEST_REPLY = 128 << 20;

  private static final long PATIENCE_SECONDS = 10;
  private static final int STARTING_SECONDS = 60;

  /** A killed process is gone at once, unless the system is in trouble. */
  private static final long KILLED_SECONDS = 2;

  private final FormatLimits limits;
  private final Path directory;
  private final Process process;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final LastWords lastWords;
  private int served;

  private WorkerProcess(FormatLimits limits, Path directory, Process process) {
    this.limits = limits;
    this.directory = directory;
    this.process = process;
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    this.lastWords = new LastWords(process);
  }

  /**
   * Starts a worker and waits until it has started, which the first file's time is not for.
   *
   * @throws WorkerFailure when it does not
   */
  static WorkerProcess start(WorkerCommand command, FormatLimits limits) throws WorkerFailure {
    Path directory = null;
    try {
      directory = Files.createTempDirectory("millrace-files");
      WorkerProcess worker = new WorkerProcess(limits, directory, command.start(limits, directory));
      worker.within(
          STARTING_SECONDS,
          () -> Frames.read(worker.in, 0),
          "the process that would read it did not start within " + STARTING_SECONDS + " seconds");
      return worker;
    } catch (IOException e) {
      if (directory != null) {
        delete(directory);
      }
      throw new WorkerFailure("no process to read it can be started: " + e.getMessage(), false);
    }
  }

  /** Returns how many files it has read. */
  int served() {
    return served;
  }

  boolean alive() {
    return process.isAlive();
  }

  /**
   * Has a file read.
   *
   * @throws WorkerFailure when the worker dies, takes too long or too much, or answers nonsense; it is dead then
   * @throws CancellationException when this thread is interrupted; the worker is dead then
   */
  Reading read(Path file, Place place) throws WorkerFailure {
    Reading reading =
        within(
            limits.seconds(),
            () -> exchange(file, place),
            "reading it took longer than " + limits.seconds() + " seconds and was stopped (limit seconds)");
    served++;
    return reading;
  }

  private <T> T within(int seconds, Callable<T> exchange, String late) throws WorkerFailure {
    FutureTask<T> task = new FutureTask<>(exchange);
    Thread.ofPlatform().daemon().name("file-worker-" + process.pid()).start(task);
    try {
      return task.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      kill();
      throw new WorkerFailure(late, false);
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw new CancellationException("reading files was interrupted");
    } catch (ExecutionException e) {
      throw failed(Objects.requireNonNullElse(e.getCause(), e));
    }
  }

  private Reading exchange(Path file, Place place) throws IOException {
    try (InputStream content = Files.newInputStream(file)) {
      Frames.write(out, Json.bytes(new Request(place, limits)));
      Frames.copy(content, out, limits.fileBytes());
    }
    return Json.read(Frames.read(in, LARGEST_REPLY), Reading.class);
  }

  private WorkerFailure failed(Throwable cause) {
    boolean ended = ended();
    kill();
    if (!ended) {
      return new WorkerFailure("the process that read it failed: " + cause.getMessage(), cause instanceof IOException);
    }
    int status = process.exitValue();
    if (status == WorkerCommand.OUT_OF_MEMORY) {
      return new WorkerFailure(
          "reading it takes more than " + limits.heapMegabytes() + " MB of memory and was stopped (limit heapMegabytes)", false);
    }
    String words = lastWords.line();
    return new WorkerFailure(
        "the process that read it died with exit status " + status + (words.isEmpty() ? "" : ": " + words), true);
  }

  /** A process whose pipe is closed ends soon, and only then tells why. */
  private boolean ended() {
    try {
      return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends it with everything that it started. */
  void kill() {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    descendants.forEach(WorkerProcess::gone);
    gone(process.toHandle());
    delete(directory);
  }

  /** Waits until a killed process writes no more. */
  private static void gone(ProcessHandle killed) {
    try {
      killed.onExit().get(KILLED_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // What it still writes is the system's to clear.
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      directory.toFile().deleteOnExit(); // a file that is still being written; the system clears its temporary files
    }
  }
}
