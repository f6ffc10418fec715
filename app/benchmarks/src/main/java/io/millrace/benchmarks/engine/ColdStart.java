// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.ChildProcess;
import io.millrace.core.json.Json;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The time from the start of a Java process to the first token of an engine in it. */
final class ColdStart {
  /**
   * What was seen.
   *
   * @param seconds from before the process to the first token
   */
  record Result(double seconds) {}

  private ColdStart() {}

  /** Starts a process as the launcher would and waits for its first token. */
  static double seconds(Path folder, int threads, int vocabulary) throws IOException, InterruptedException {
    return ChildProcess.run(ColdStart.class, List.of("-Xmx3g", "-Xshare:auto"), Result.class, folder.toString(),
        Integer.toString(threads), Integer.toString(vocabulary), Long.toString(System.currentTimeMillis())).seconds();
  }

  /** Arguments: model folder, threads, vocabulary, when the process was started in milliseconds since 1970. */
  public static void main(String[] arguments) throws Exception {
    try (OurEngine engine = new OurEngine(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]))) {
      engine.run(Task.prefill(16));
      System.out.println(Json.write(new Result((System.currentTimeMillis() - Long.parseLong(arguments[3])) / 1e3)));
    }
  }
}
