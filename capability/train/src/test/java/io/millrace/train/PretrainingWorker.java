// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.tensor.Device;
import io.millrace.tensor.collective.Collective;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.distributed.Sharding;
import io.millrace.train.distributed.Worker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** A process that trains as one of several; {@link WorkersTest} starts it. */
final class PretrainingWorker {
  private PretrainingWorker() {}

  /** Arguments: folder, sharding, learning rate, steps after which to wait a little, so that a test can interrupt. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int status = 1;
    AtomicBoolean first = new AtomicBoolean(true);
    try (Collective group = Worker.join(System.getenv(), Device.Kind.CPU)) {
      System.out.println("pid " + ProcessHandle.current().pid());
      RunControl control = RunControl.in(folder.resolve("run")).checkpointEvery(Duration.ofMillis(200))
          .listener(progress -> {
            if (first.getAndSet(false)) {
              System.out.println("first step " + progress.step() + ".");
            }
          }).distributed(new Distribution(group, Sharding.valueOf(arguments[1]), 30_000));
      new Pretraining(DistributedPretrainingTest.settings(Long.parseLong(arguments[3]), Double.parseDouble(arguments[2])), control)
          .run(PretrainingTest.madeText(30_000), new int[0], folder.resolve("model"));
      status = 0;
    } catch (RuntimeException e) {
      System.out.println("failed: " + e.getMessage());
    }
    Runtime.getRuntime().halt(status);
  }
}
