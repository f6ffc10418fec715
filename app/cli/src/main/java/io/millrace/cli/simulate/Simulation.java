// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Labelled synthetic traffic through the public HTTP API only: people with interests search, ask, click, rate and
 * sometimes attack, while trials measure how soon what was sent has an effect. Everything is drawn by seed; only the
 * order in which the gateway sees it depends on the machine.
 */
public final class Simulation {

  private static final Duration PROGRESS = Duration.ofSeconds(1);

  private final PrintWriter out;
  private final boolean overwrite;

  /**
   * A simulation.
   *
   * @param out receives progress and the tables at the end
   * @param overwrite whether progress stays on one line, as a terminal can; else there is a line every ten seconds
   */
  public Simulation(PrintWriter out, boolean overwrite) {
    this.out = out;
    this.overwrite = overwrite;
  }

  /**
   * Runs to the end of the given duration; when the calling thread is interrupted, it ends at once with what was
   * measured by then, and the thread stays interrupted.
   *
   * @throws IllegalStateException when nothing answers at the address, or the domain is empty
   */
  public SimulationReport run(SimulationSettings settings) {
    Measurements measurements = new Measurements();
    long begun = System.nanoTime();
    try (GatewayClient client = new GatewayClient(settings.url(), settings.key(), measurements)) {
      KnownPages pages = KnownPages.discover(client);
      out.printf(
          Locale.ROOT, "%d people, %d pages of %d interests, %.1f requests a second for %d s%n",
          settings.users(), pages.size(), pages.interests().size(), settings.rate(), settings.duration().toSeconds());
      out.flush();
      begun = System.nanoTime();
      Pace pace = new Pace(settings.rate(), settings.duration());
      List<Task> tasks = new ArrayList<>();
      SplittableRandom seeds = new SplittableRandom(settings.seed());
      for (int i = 0; i < settings.users(); i++) {
        SplittableRandom random = seeds.split();
        Persona persona = Persona.draw("simulated-" + settings.seed() + "-" + i, pages, random);
        tasks.add(
            new SimulatedUser(persona, pages, client, pace, measurements, settings.attacks(), random)::live);
      }
      // Earlier runs left their traces in the log: documents and users of the trials must be new ones.
      String run = Long.toString(System.currentTimeMillis(), 36);
      tasks.add(new FreshnessTrials(client, measurements, pace, run)::repeat);
      watch(tasks, measurements, settings.duration());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    SimulationReport report = measurements.report((System.nanoTime() - begun) / 1e9);
    report.print(out);
    return report;
  }

  private interface Task {
    void run() throws InterruptedException;
  }

  /** Runs all tasks, each on a virtual thread, and shows how far they are; stops them all when one fails. */
  private void watch(List<Task> tasks, Measurements measurements, Duration duration) throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (Task task : tasks) {
        running.add(
            threads.submit(
                () -> {
                  task.run();
                  return null;
                }));
      }
      try {
        long begun = System.nanoTime();
        for (int tick = 1; running.stream().anyMatch(future -> !future.isDone()); tick++) {
          Thread.sleep(PROGRESS);
          show(measurements, (System.nanoTime() - begun) / 1e9, duration.toSeconds(), tick);
          for (Future<?> future : running) {
            if (future.state() == Future.State.FAILED) {
              throw failure(future.exceptionNow());
            }
          }
        }
        for (Future<?> future : running) {
          future.get();
        }
      } catch (ExecutionException e) {
        throw failure(e.getCause() == null ? e : e.getCause());
      } finally {
        threads.shutdownNow();
      }
    }
  }

  private void show(Measurements measurements, double seconds, long all, int tick) {
    if (!overwrite && tick % 10 != 0) {
      return;
    }
    String line =
        String.format(
            Locale.ROOT, "%4.0f of %d s · %d requests · %.1f a second · %d failed",
            seconds, all, measurements.requests(), measurements.requests() / seconds, measurements.errors());
    out.print(overwrite ? "\r" + line + "   " : line + System.lineSeparator());
    out.flush();
  }

  private static IllegalStateException failure(Throwable cause) {
    return cause instanceof IllegalStateException state
        ? state
        : new IllegalStateException("the simulation failed: " + cause, cause);
  }
}
