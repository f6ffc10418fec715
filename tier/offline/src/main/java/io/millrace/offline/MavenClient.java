// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The system's Maven client, which knows the user's own registries, mirrors and credentials. */
final class MavenClient {

  private static final int LINES_KEPT = 4_000;

  private final String command;

  MavenClient(String command) {
    this.command = command;
  }

  /**
   * What a run came to.
   *
   * @param output its last lines
   */
  record Run(int status, List<String> output) {

    /** Returns Maven's own words on what went wrong. */
    String errors() {
      return output.stream()
          .filter(line -> line.startsWith("[ERROR]"))
          .map(line -> line.substring("[ERROR]".length()).replace("-> [Help 1]", "").strip())
          .filter(line -> !line.isEmpty())
          .findFirst()
          .orElse("it ended with status " + status + ".");
    }
  }

  /**
   * Runs Maven to its end.
   *
   * @param onLine receives each line of its output
   * @throws IllegalArgumentException when there is no Maven
   * @throws CancellationException when it was cancelled; nothing of it runs on then
   */
  Run run(Path directory, List<String> arguments, Consumer<String> onLine, StepProgress progress)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(command, "-B", "-ntp"));
    all.addAll(arguments);
    Process process;
    try {
      process = new ProcessBuilder(all).directory(directory.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "'" + command + "' cannot be run (" + e.getMessage()
              + "): install Maven 3.8.7 or later and put it on the PATH (Debian: apt-get install maven)",
          e);
    }
    List<String> output = new ArrayList<>();
    Thread reading = Thread.ofVirtual().name("maven-output").start(() -> read(process, output, onLine));
    try {
      while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
        progress.check();
      }
      reading.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("Maven was interrupted");
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
    return new Run(process.exitValue(), List.copyOf(output));
  }

  private static void read(Process process, List<String> output, Consumer<String> onLine) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (output.size() < LINES_KEPT) {
          output.add(line);
        }
        onLine.accept(line);
      }
    } catch (IOException e) {
      // The process was destroyed while it wrote.
      output.add(e.toString());
    }
  }
}
