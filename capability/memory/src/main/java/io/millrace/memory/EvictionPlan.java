// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Figures;
import io.millrace.core.log.Eviction.Place;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Which documents leave the memory when it is larger than its budget. First go those that another one in memory nearly
 * repeats, since nothing that they say is lost; then those of the least value. A document's value is its use (see {@link
 * io.millrace.core.event.ItemFeatures#use}) plus what it is worth for being new, which halves every
 * {@value #NEWNESS_HALF_LIFE_DAYS} days: a new document is worth a click.
 *
 * <p>A function of what it is given: the same documents in any order give the same plan.
 */
public final class EvictionPlan {

  private static final int NEWNESS_HALF_LIFE_DAYS = 30;

  /** Room is made down to this share of the budget, so that not every new document sets off another round. */
  public static final double LOW_WATER = 0.95;

  private static final double DAY_MILLIS = Duration.ofDays(1).toMillis();
  static final long MEGABYTE = 1_000_000;

  private EvictionPlan() {}

  /**
   * A document in memory.
   *
   * @param use of it now
   * @param pinned whether it must stay
   * @param spared whether it goes only when nothing else is left, since somebody has just brought it back
   * @param copies documents that nearly repeat it, in memory or not
   */
  public record Item(Resident resident, double use, boolean pinned, boolean spared, Set<String> copies) {}

  /** A document with its worth. */
  private record Weighed(Item item, double value) {
    static final Comparator<Weighed> LEAST_FIRST =
        Comparator.comparing((Weighed each) -> each.item().spared())
            .thenComparingDouble(Weighed::value)
            .thenComparing(each -> each.item().resident().updatedAt())
            .thenComparing(each -> each.item().resident().id());
  }

  /**
   * Returns what to move to the archive now, in this order.
   *
   * @param memory all documents in memory
   * @param most decisions at once
   */
  public static List<Eviction> of(Collection<Item> memory, MemoryBudget budget, Instant now, int most) {
    Excess documents = new Excess(memory.size(), budget.documents());
    Excess bytes = new Excess(memory.stream().mapToLong(item -> item.resident().bytes()).sum(), budget.megabytes() * MEGABYTE);
    Excess vectors = new Excess(
        memory.stream().mapToLong(item -> item.resident().vectorBytes(budget.vectors())).sum(), budget.vectorMegabytes() * MEGABYTE);
    if (!documents.any() && !bytes.any() && !vectors.any()) {
      return List.of();
    }
    Queue queue = new Queue(memory, now);
    List<Eviction> plan = new ArrayList<>();
    while ((documents.any() || bytes.any() || vectors.any()) && plan.size() < most) {
      Weighed next = queue.next();
      if (next == null) {
        return plan;
      }
      Resident resident = next.item().resident();
      Reason reason = documents.any() ? Reason.DOCUMENTS : bytes.any() ? Reason.MEGABYTES : Reason.VECTOR_MEGABYTES;
      plan.add(eviction(next, reason, queue.copiesOf(next.item()), now));
      documents.less(1);
      bytes.less(resident.bytes());
      vectors.less(resident.vectorBytes(budget.vectors()));
    }
    return plan;
  }

  /** Returns the decision about a document whose time has passed. */
  static Eviction expired(Resident resident, Instant now) {
    return new Eviction(resident.id(), Place.ARCHIVE, Reason.EXPIRED, resident.version(), Figures.NONE, now);
  }

  /** Returns what a document is worth. */
  static double value(Resident resident, double use, Instant now) {
    return use + Math.pow(0.5, ageDays(resident, now) / NEWNESS_HALF_LIFE_DAYS);
  }

  static double ageDays(Resident resident, Instant now) {
    return Math.max(0, Duration.between(resident.updatedAt(), now).toMillis() / DAY_MILLIS);
  }

  private static Eviction eviction(Weighed weighed, Reason reason, int copies, Instant now) {
    Resident resident = weighed.item().resident();
    Figures figures =
        new Figures(weighed.value(), weighed.item().use(), ageDays(resident, now), copies, resident.bytes());
    return new Eviction(resident.id(), Place.ARCHIVE, reason, resident.version(), figures, now);
  }

  /** How much of something is too much; where a budget is exceeded, room is made beyond it. */
  private static final class Excess {
    private long left;

    /** With a budget of 0 for no limit. */
    Excess(long amount, long budget) {
      left = budget > 0 && amount > budget ? amount - Math.max(1, (long) (LOW_WATER * budget)) : 0;
    }

    boolean any() {
      return left > 0;
    }

    void less(long amount) {
      left -= amount;
    }
  }

  /** Documents that may go, in the order in which they do. */
  private static final class Queue {
    private final Set<String> staying = new HashSet<>();
    private final PriorityQueue<Weighed> repeated = new PriorityQueue<>(Weighed.LEAST_FIRST);
    private final PriorityQueue<Weighed> others = new PriorityQueue<>(Weighed.LEAST_FIRST);

    Queue(Collection<Item> memory, Instant now) {
      memory.forEach(item -> staying.add(item.resident().id()));
      Map<String, Weighed> movable = new HashMap<>();
      for (Item item : memory) {
        if (!item.pinned()) {
          movable.put(item.resident().id(), new Weighed(item, value(item.resident(), item.use(), now)));
        }
      }
      movable.values().forEach(each -> (copiesOf(each.item()) > 0 && !each.item().spared() ? repeated : others).add(each));
    }

    @Nullable Weighed next() {
      while (!repeated.isEmpty()) {
        Weighed each = repeated.remove();
        if (copiesOf(each.item()) > 0) {
          staying.remove(each.item().resident().id());
          return each;
        }
        // The one that it repeated has gone before it: now it is the only one that says so.
        others.add(each);
      }
      Weighed each = others.poll();
      if (each != null) {
        staying.remove(each.item().resident().id());
      }
      return each;
    }

    /** Returns how many documents that nearly repeat one stay in memory. */
    int copiesOf(Item item) {
      return (int) item.copies().stream().filter(staying::contains).count();
    }
  }
}
