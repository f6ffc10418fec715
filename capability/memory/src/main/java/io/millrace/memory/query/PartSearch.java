// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.spi.Retriever;
import io.millrace.core.spi.Retriever.Cause;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Result;
import io.millrace.core.spi.Retriever.Standing;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Searches a question that asks several things as a whole and by its parts, so that each part has its evidence among what is shown. The
 * hits take turns by rank: the best of the whole, the best of each part, the second of the whole, and so on, each passage once; the
 * score and the evidence of a hit are those of the search that brought it first. A question of one part is searched as it always was.
 *
 * <p>The whole is searched by the calling thread, which also searches those parts that nobody else has begun: so it waits for no
 * thread, however busy the executor is. What the deadline leaves no time for is left out, and a note says so.
 */
public final class PartSearch {

  private final Retriever memory;
  private final Executor pool;

  /**
   * Prepares searches.
   *
   * @param pool may search parts meanwhile; it may refuse
   */
  public PartSearch(Retriever memory, Executor pool) {
    this.memory = memory;
    this.pool = pool;
  }

  /**
   * What was found.
   *
   * @param parts passages shown of each part that was searched, best first; empty where the question has one part
   */
  public record Found(Result result, List<Part> parts) {
    public Found {
      parts = List.copyOf(parts);
    }

    /**
     * Says where a document stands in this result, of which the memory knows the whole only.
     *
     * @param standing in the search of the whole
     */
    public Standing standing(Standing standing) {
      boolean shown =
          result.hits().stream().anyMatch(hit -> hit.passage().documentId().equals(standing.document()));
      if (parts.isEmpty() || shown == (standing.cause() == Cause.SHOWN)) {
        return standing;
      }
      if (shown) {
        return new Standing(standing.document(), standing.rank(), standing.best(), Cause.SHOWN);
      }
      return new Standing(standing.document(), standing.rank(), standing.best(), Cause.BEHIND_OTHERS);
    }
  }

  /**
   * A part of a question.
   *
   * @param text as it was searched for
   * @param passages identities of its hits that are shown, best first
   */
  public record Part(String text, List<String> passages) {
    public Part {
      passages = List.copyOf(passages);
    }
  }

  /**
   * Searches.
   *
   * @param whole a query for the inquiry's text; its deadline is the parts' as well
   */
  public Found search(Query whole, Inquiry inquiry) {
    if (!inquiry.parted()) {
      return new Found(memory.search(whole), List.of());
    }
    Map<String, FutureTask<Result>> tasks = new LinkedHashMap<>();
    for (String part : inquiry.parts()) {
      Query query =
          new Query(part, whole.language(), whole.limit(), whole.documentPrefix(), whole.deadline(), whole.access(), whole.aim());
      tasks.putIfAbsent(part, new FutureTask<>(() -> memory.search(query)));
    }
    tasks.values().forEach(this::offer);
    Result all;
    try {
      all = memory.search(whole);
    } catch (RuntimeException | Error e) {
      tasks.values().forEach(task -> task.cancel(false));
      throw e;
    }
    Set<String> notes = new LinkedHashSet<>(all.notes());
    List<List<Hit>> lists = new ArrayList<>(List.of(all.hits()));
    Map<String, List<Hit>> byPart = new LinkedHashMap<>();
    tasks.forEach(
        (part, task) -> {
          Result found = result(part, task, whole, notes);
          if (found != null) {
            notes.addAll(found.notes());
            lists.add(found.hits());
            byPart.put(part, found.hits());
          }
        });
    List<Hit> merged = merged(lists, whole.limit());
    Set<String> shown = new LinkedHashSet<>();
    merged.forEach(hit -> shown.add(hit.passage().id()));
    List<Part> parts =
        byPart.entrySet().stream()
            .map(part -> new Part(part.getKey(), part.getValue().stream().map(hit -> hit.passage().id()).filter(shown::contains).toList()))
            .toList();
    return new Found(new Result(merged, List.copyOf(notes)), parts);
  }

  private void offer(FutureTask<Result> task) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException e) {
      // The caller searches it.
    }
  }

  private static @Nullable Result result(String part, FutureTask<Result> task, Query whole, Set<String> notes) {
    if (!whole.deadline().expired()) {
      task.run();
    }
    try {
      return task.get(whole.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | CancellationException e) {
      task.cancel(false);
      notes.add("not searched by itself, since the deadline passed: \"" + part + "\"");
    } catch (InterruptedException e) {
      task.cancel(false);
      Thread.currentThread().interrupt();
      notes.add("not searched by itself, since the search was interrupted: \"" + part + "\"");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    }
    return null;
  }

  /** Takes turns by rank; a passage that is there, or is named there as nearly the same, takes no second place. */
  private static List<Hit> merged(List<List<Hit>> lists, int limit) {
    List<Hit> merged = new ArrayList<>();
    Set<String> there = new LinkedHashSet<>();
    int longest = lists.stream().mapToInt(List::size).max().orElse(0);
    for (int rank = 0; rank < longest; rank++) {
      for (List<Hit> list : lists) {
        if (rank < list.size() && merged.size() < limit && there.add(list.get(rank).passage().id())) {
          Hit hit = list.get(rank);
          merged.add(hit);
          hit.repeats().forEach(repeat -> there.add(repeat.passage().id()));
        }
      }
    }
    return merged;
  }
}
