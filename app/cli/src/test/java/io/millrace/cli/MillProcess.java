// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The command line as users run it: a process of its own, which a test can kill. */
final class MillProcess implements AutoCloseable {

  private static final String READY = "Ready: ";

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private final CompletableFuture<String> ready = new CompletableFuture<>();
  private final Thread reader;
  private boolean ended; // guarded by lines

  private MillProcess(Process process) {
    this.process = process;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  static MillProcess start(Path homes, String... arguments) throws IOException {
    return start(homes, List.of(), arguments);
  }

  /** Starts it with further options of the virtual machine. */
  static MillProcess start(Path homes, List<String> options, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx1500m"));
    command.addAll(options);
    command.add("io.millrace.cli.Millrace");
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().put("MILLRACE_HOME", homes.toString());
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
    return new MillProcess(builder.start());
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
        if (line.startsWith(READY)) {
          ready.complete(line.substring(READY.length()).strip());
        }
      }
    } catch (IOException e) {
      // The process was killed; what it said until then is kept.
    }
    ready.completeExceptionally(new AssertionError("the process ended without being ready"));
    synchronized (lines) {
      ended = true;
      lines.notifyAll();
    }
  }

  /** Waits until it says a line with this beginning; returns false when it ends without having said it. */
  boolean awaitLine(String beginning, Duration atMost) throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    synchronized (lines) {
      while (lines.stream().noneMatch(line -> line.startsWith(beginning))) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (ended) {
          return false;
        }
        if (left <= 0) {
          throw new AssertionError("no line began with '" + beginning + "' within " + atMost + "; it said:\n" + output());
        }
        lines.wait(left);
      }
      return true;
    }
  }

  /** Waits until it ends, at most so long; returns whether it has. */
  boolean awaitEnd(Duration atMost) throws InterruptedException {
    return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns the address that it says it is ready at. */
  String awaitReady(Duration atMost) throws Exception {
    try {
      return ready.get(atMost.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("not ready; it said:\n" + output(), e);
    }
  }

  /** Returns the exit code. */
  int awaitExit(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS)) {
      kill();
      throw new AssertionError("did not end within " + atMost + "; it said:\n" + output());
    }
    reader.join();
    return process.exitValue();
  }

  /** Ends it as a power cut would: no shutdown hooks, no flushing. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Ends it as Ctrl-C does. */
  void interrupt() throws IOException {
    new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start();
  }

  String output() {
    synchronized (lines) {
      return String.join("\n", lines);
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
