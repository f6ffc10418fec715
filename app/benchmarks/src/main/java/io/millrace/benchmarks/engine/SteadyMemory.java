// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import io.millrace.benchmarks.ChildProcess;
import io.millrace.core.json.Json;
import io.millrace.tensor.ProcessMemory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Whether an engine that has served many requests holds more memory than one that has served few. */
final class SteadyMemory {
  /** Requests that are served at the same time. */
  private static final int TOGETHER = 8;

  /**
   * What was seen.
   *
   * @param early bytes resident after a fifth of the requests
   * @param late bytes resident after all of them
   */
  record Result(long early, long late) {}

  private SteadyMemory() {}

  /** Serves so many requests in a process of their own. */
  static Result after(int requests, Path folder, int threads, int vocabulary) throws IOException, InterruptedException {
    return ChildProcess.run(SteadyMemory.class, Result.class, folder.toString(), Integer.toString(threads),
        Integer.toString(vocabulary), Integer.toString(requests));
  }

  /** Arguments: model folder, threads, vocabulary, requests. */
  public static void main(String[] arguments) throws Exception {
    int requests = Integer.parseInt(arguments[3]);
    SplittableRandom random = new SplittableRandom(5);
    long early = 0;
    try (OurEngine engine = new OurEngine(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]))) {
      for (int served = 0; served < requests; served += TOGETHER) {
        if (served >= requests / 5 && early == 0) {
          early = ProcessMemory.resident();
        }
        engine.write(TOGETHER, random.nextInt(1, 128), random.nextInt(1, 17));
      }
      System.out.println(Json.write(new Result(early, ProcessMemory.resident())));
    }
  }
}
