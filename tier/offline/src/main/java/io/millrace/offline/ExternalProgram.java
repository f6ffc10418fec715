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

/**
 * A program of the system, such as a client of a package registry, with the user's own settings.
 *
 * @param command name on the search path, or a path
 * @param remedy what to do when it is not there, for example {@code install Maven and put it on the PATH}
 */
record ExternalProgram(String command, String remedy) {

  private static final int LINES_KEPT = 4_000;

  /**
   * What a run came to.
   *
   * @param output its first lines, errors among them
   */
  record Run(int status, List<String> output) {}

  /**
   * Runs it to its end.
   *
   * @param onLine receives each line of its output
   * @param check called a few times a second; what it throws ends the program
   * @throws IllegalArgumentException when there is no such program
   * @throws CancellationException when it was interrupted; nothing of it runs on then
   */
  Run run(Path directory, List<String> arguments, Consumer<String> onLine, Runnable check) throws IOException {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(arguments);
    Process process;
    try {
      process = new ProcessBuilder(all).directory(directory.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IllegalArgumentException("'" + command + "' cannot be run (" + e.getMessage() + "): " + remedy, e);
    }
    List<String> output = new ArrayList<>();
    Thread reading = Thread.ofVirtual().name(command + "-output").start(() -> read(process, output, onLine));
    try {
      while (!process.waitFor(200, TimeUnit.MILLISECONDS)) {
        check.run();
      }
      reading.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException(command + " was interrupted");
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
