// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.time.Yielding;
import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Trains what searches can do without, while the gateway serves: it gives way to whoever asks, what goes wrong in it does not end
 * the gateway, and whoever stops the gateway does not wait for it to the end. The next start goes on where it stopped.
 */
final class LaterTraining implements AutoCloseable {
  /** Not in the command: commands are made before {@link Place#logToFile} says where to log to, and a logger settles that. */
  private static final Logger LOG = LoggerFactory.getLogger(LaterTraining.class);

  /** A step of training ends within seconds; measuring may take longer, and holds nothing that must be closed. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final @Nullable Thread thread;

  private LaterTraining(@Nullable Thread thread) {
    this.thread = thread;
  }

  /**
   * Begins.
   *
   * @param settings those of the pipeline
   * @param steps to run; none for nothing to do
   * @param mill serves already
   * @param stop ends it
   */
  static LaterTraining begin(OfflineSettings settings, List<String> steps, Mill mill, TerminalProgress progress, Stop stop) {
    return new LaterTraining(
        steps.isEmpty()
            ? null
            : Thread.ofPlatform().daemon().name("later-training").start(() -> run(settings.withSteps(steps), mill, progress, stop)));
  }

  private static void run(OfflineSettings settings, Mill mill, TerminalProgress progress, Stop stop) {
    try {
      // Threads that libtorch starts for this one are as modest.
      Yielding.callingThread(Yielding.A_QUARTER);
      // Searches by meaning now are worth more than better ones later.
      mill.awaitEmbeddings(
          stop,
          vectors ->
              progress.show(String.format(Locale.ROOT, "%-10s   %,d of %,d documents", "embed", vectors.done(), vectors.total())));
      OfflinePipeline.run(settings, mill.registry(), mill.log(), progress, stop);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception | Error e) {
      if (stop.getAsBoolean()) {
        LOG.info("training {} stopped: {}", settings.steps(), e.toString());
      } else {
        LOG.error("training {} failed", settings.steps(), e);
        progress.note("not trained, and searches go on as they are: " + e.getMessage() + "; the next start tries again");
      }
    }
  }

  /** Waits a little for it to end, which it does when the process was asked to stop. */
  @Override
  public void close() {
    try {
      if (thread != null) {
        thread.join(PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
