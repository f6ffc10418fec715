// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the ranks of a group as threads of this process, which is enough to see that ranks agree. */
public final class ThreadRanks {
  /** What each rank does. */
  @FunctionalInterface
  public interface Body<T> {
    /** Runs with a group that is closed afterwards. */
    T run(Collective group) throws Exception;
  }

  private ThreadRanks() {}

  /**
   * Runs {@code body} once for each rank, all at the same time.
   *
   * @return the results in the order of ranks
   * @throws IllegalStateException caused by what the rank threw that failed first; what it did to the others is suppressed in it
   */
  public static <T> List<T> run(int size, Body<T> body) {
    Path folder = temporaryFolder();
    try {
      return run(size, folder.resolve("meeting"), body);
    } finally {
      delete(folder);
    }
  }

  private static <T> List<T> run(int size, Path meeting, Body<T> body) {
    List<Callable<T>> ranks = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int rank = i;
      ranks.add(() -> {
        try (Collective group = Gloo.join(meeting, rank, size)) {
          return body.run(group);
        }
      });
    }
    try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("rank-", 0).factory())) {
      List<T> results = new ArrayList<>();
      List<RuntimeException> failures = new ArrayList<>();
      for (Future<T> rank : threads.invokeAll(ranks)) {
        try {
          results.add(rank.get());
        } catch (ExecutionException e) {
          failures.add(new IllegalStateException("a rank failed: " + e.getCause(), e.getCause()));
        }
      }
      if (!failures.isEmpty()) {
        throw first(failures);
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the ranks were at work", e);
    }
  }

  /** The failure that made the others fail, as far as can be seen. */
  private static RuntimeException first(List<RuntimeException> failures) {
    RuntimeException first = failures.stream()
        .filter(failure -> !(failure.getCause() instanceof RankLostException)).findFirst().orElse(failures.getFirst());
    failures.stream().filter(failure -> !failure.equals(first)).forEach(first::addSuppressed);
    return first;
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("ranks");
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder for the ranks to meet in", e);
    }
  }

  private static void delete(Path folder) {
    try {
      Files.deleteIfExists(folder.resolve("meeting"));
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
