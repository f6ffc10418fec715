// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Figures;
import io.millrace.core.log.Eviction.Place;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.Repeats;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** One look at all documents: which of them are to change their places now. Confined to the thread that makes it. */
final class GrowthRound {

  /** Decisions of a kind in a round: indexes take them in while they serve. */
  static final int MOST_AT_ONCE = 1_000;

  /** What somebody brought back goes last for so long, or it would go at once: it had the least value. */
  private static final Duration SPARED = Duration.ofHours(1);

  private final DocumentView documents;
  private final Decisions decisions;
  private final MemoryBudget budget;
  private final Instant now;
  private @Nullable String trouble;

  GrowthRound(DocumentView documents, Decisions decisions, MemoryBudget budget, Instant now) {
    this.documents = documents;
    this.decisions = decisions;
    this.budget = budget;
    this.now = now;
  }

  /** Decides what is over or has changed, then what repeats something else, then what is too much. */
  List<Eviction> plan() {
    Map<String, Eviction> plan = new LinkedHashMap<>();
    List<Resident> inMemory = new ArrayList<>();
    List<Resident> merged = new ArrayList<>();
    for (Resident resident : documents.residents()) {
      Eviction decision = decisions.of(resident.id());
      boolean settled = decision != null && decision.archived() && decision.version() >= resident.version();
      if (decision != null && settled && !decision.merged()) {
        continue;
      }
      if (over(resident, now)) {
        if (plan.size() < MOST_AT_ONCE) {
          plan.put(resident.id(), EvictionPlan.expired(resident, now));
        }
      } else if (settled) {
        merged.add(resident);
      } else {
        if (decision != null && decision.archived() && plan.size() < MOST_AT_ONCE) {
          plan.put(resident.id(), back(resident, Reason.CHANGED, now));
        }
        inMemory.add(resident);
      }
    }
    if (budget.repeats() == Repeats.MERGE || !merged.isEmpty()) {
      List<MergePlan.Item> timely = all(inMemory, merged).filter(this::timely).map(this::mergeable).toList();
      MergePlan.of(timely, budget.repeats(), now, MOST_AT_ONCE).forEach(each -> plan.put(each.document(), each));
    }
    EvictionPlan.of(remaining(inMemory, merged, plan), budget, now, MOST_AT_ONCE).forEach(each -> plan.put(each.document(), each));
    return List.copyOf(plan.values());
  }

  /** What is in memory once it is as planned; what stands for others is of use to those who would use them. */
  private List<EvictionPlan.Item> remaining(List<Resident> inMemory, List<Resident> merged, Map<String, Eviction> plan) {
    Map<String, Double> lent = new HashMap<>();
    List<Resident> staying = new ArrayList<>();
    for (Resident resident : all(inMemory, merged).toList()) {
      Eviction decision = plan.getOrDefault(resident.id(), decisions.of(resident.id()));
      if (decision != null && decision.merged() && decision.repeats() != null && decision.version() >= resident.version()) {
        lent.merge(decision.repeats().document(), decisions.use(resident.id(), now), Double::sum);
      } else {
        staying.add(resident);
      }
    }
    trouble = trouble(staying.stream().filter(each -> pinned(each, budget)).toList());
    return staying.stream()
        .map(each -> item(each, plan.getOrDefault(each.id(), decisions.of(each.id())), lent.getOrDefault(each.id(), 0.0)))
        .toList();
  }

  private MergePlan.Item mergeable(Resident resident) {
    Eviction last = decisions.of(resident.id());
    Eviction current = last != null && last.version() >= resident.version() ? last : null;
    boolean restored = current != null && current.reason() == Reason.RESTORED;
    Eviction merged = current != null && current.merged() ? current : null;
    return new MergePlan.Item(resident, pinned(resident, budget) || restored, merged, documents.copies(resident.id()));
  }

  private static Stream<Resident> all(List<Resident> inMemory, List<Resident> merged) {
    return Stream.concat(inMemory.stream(), merged.stream());
  }

  private boolean timely(Resident resident) {
    return resident.validity() == null || resident.validity().at(now);
  }

  /** Returns which limits of the budget pinned documents exceed by themselves, once the plan was made; null for none. */
  @Nullable String trouble() {
    return trouble;
  }

  private @Nullable String trouble(List<Resident> pinned) {
    long bytes = pinned.stream().mapToLong(Resident::bytes).sum();
    long vectorBytes = pinned.stream().mapToLong(each -> each.vectorBytes(budget.vectors())).sum();
    List<String> exceeded = new ArrayList<>();
    if (budget.documents() > 0 && pinned.size() > budget.documents()) {
      exceeded.add(pinned.size() + " documents are pinned, but the budget is " + budget.documents() + ": raise budgets.memory.documents or unpin some");
    }
    exceeded.addAll(exceeded("pinned documents take", bytes, budget.megabytes(), "megabytes"));
    exceeded.addAll(exceeded("in memory, embeddings of pinned documents take", vectorBytes, budget.vectorMegabytes(), "vectorMegabytes"));
    return exceeded.isEmpty() ? null : String.join("; ", exceeded);
  }

  private static List<String> exceeded(String what, long bytes, long megabytes, String limit) {
    long taken = Math.ceilDiv(bytes, EvictionPlan.MEGABYTE);
    return megabytes == 0 || taken <= megabytes
        ? List.of()
        : List.of("%s %d megabytes, but the budget is %d: raise budgets.memory.%s or unpin some".formatted(what, taken, megabytes, limit));
  }

  /**
   * A document as it is weighed.
   *
   * @param lent use of documents that it stands for
   */
  private EvictionPlan.Item item(Resident resident, @Nullable Eviction decision, double lent) {
    Set<String> copies = documents.copies(resident.id());
    // One that is in the archive still has changed: there was no room for that in the plan. What comes back by itself was asked for by nobody.
    boolean spared =
        decision != null
            && (decision.archived() || decision.reason() != Reason.ALONE && decision.at().plus(SPARED).isAfter(now));
    return new EvictionPlan.Item(resident, decisions.use(resident.id(), now) + lent, pinned(resident, budget), spared, copies);
  }

  static boolean pinned(Resident resident, MemoryBudget budget) {
    return resident.pinned() || budget.pinned().stream().anyMatch(resident.id()::startsWith);
  }

  static boolean over(Resident resident, Instant now) {
    return resident.validity() != null && resident.validity().over(now);
  }

  static Eviction back(Resident resident, Reason reason, Instant now) {
    return new Eviction(resident.id(), Place.MEMORY, reason, resident.version(), Figures.NONE, now);
  }
}
