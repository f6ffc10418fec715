// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/** The system's Maven client, which knows the user's own registries, mirrors and credentials. */
final class MavenClient {

  private final ExternalProgram maven;

  MavenClient(String command) {
    this.maven =
        new ExternalProgram(
            command, "install Maven 3.8.7 or later and put it on the PATH (Debian: apt-get install maven)");
  }

  /**
   * What a run came to.
   *
   * @param output its lines
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
    List<String> all = new ArrayList<>(List.of("-B", "-ntp"));
    all.addAll(arguments);
    ExternalProgram.Run run = maven.run(directory, all, onLine, progress::check);
    return new Run(run.status(), run.output());
  }
}
