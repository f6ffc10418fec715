// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Figures;
import io.millrace.core.log.Eviction.Place;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.log.Eviction.Repeated;
import io.millrace.core.settings.Repeats;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which documents are in the archive because another one in memory says nearly the same to the same readers. It is asked anew
 * in each round, so a document comes back as soon as nothing stands for it, whatever became of the one that did.
 *
 * <p>Deciders in several gateways need not know the same: of many texts that repeat each other, each knows some. So the
 * decision names what stands for a document, in which version, and holds for everybody while that is in memory. And of two
 * documents in memory the later one goes, by an order that is the same everywhere, so that all come to the same end: the first
 * one is never merged, and the fate of each further one depends on earlier ones only. Two deciders who have each merged one of a pair
 * find both in the archive in the next round, and the first one comes back.
 *
 * <p>A function of what it is given: the same documents in any order give the same plan.
 */
public final class MergePlan {

  private MergePlan() {}

  /**
   * A document that may be found now: in memory, or in the archive only because it repeats another.
   *
   * @param staying whether it must stay in memory, since it is pinned or somebody had it restored
   * @param merged the decision by which it is in the archive; null when it is in memory
   * @param copies documents that nearly repeat it, in memory or not
   */
  public record Item(Resident resident, boolean staying, @Nullable Eviction merged, Set<String> copies) {

    /** What stays comes first, then the older text; the log says all of it, so this is the same everywhere. */
    static final Comparator<Item> FIRST =
        Comparator.comparing((Item each) -> !each.staying())
            .thenComparing(each -> each.resident().updatedAt())
            .thenComparing(Item::id);

    String id() {
      return resident.id();
    }
  }

  /**
   * Returns what changes: documents that come back, then those that another one stands for from now on.
   *
   * @param documents all that may be found, and those that could be if none were merged
   * @param most decisions at once
   */
  public static List<Eviction> of(Collection<Item> documents, Repeats repeats, Instant now, int most) {
    List<Item> ordered = documents.stream().sorted(Item.FIRST).toList();
    Map<String, Item> standing = new LinkedHashMap<>();
    List<Eviction> leaving = new ArrayList<>();
    for (Item each : ordered) {
      if (each.merged() == null) {
        Item other = each.staying() || repeats == Repeats.KEEP ? null : first(each, standing);
        if (other == null) {
          standing.put(each.id(), each);
        } else {
          leaving.add(merge(each, other, now));
        }
      }
    }
    List<Eviction> plan = new ArrayList<>();
    for (Item each : ordered) {
      if (each.merged() != null && (each.staying() || repeats == Repeats.KEEP || !holds(each.merged(), standing))) {
        Item other = each.staying() || repeats == Repeats.KEEP ? null : first(each, standing);
        if (other == null) {
          standing.put(each.id(), each);
          plan.add(new Eviction(each.id(), Place.MEMORY, Reason.ALONE, each.resident().version(), Figures.NONE, now));
        } else {
          plan.add(merge(each, other, now));
        }
      }
    }
    plan.addAll(leaving);
    return plan.subList(0, Math.min(most, plan.size()));
  }

  /** Whether what a document was merged into stands, and says what it did. One who decided may have read a later version than we have. */
  private static boolean holds(Eviction merged, Map<String, Item> standing) {
    Repeated repeated = merged.repeats();
    Item other = repeated == null ? null : standing.get(repeated.document());
    return repeated != null && other != null && other.resident().version() <= repeated.version();
  }

  private static @Nullable Item first(Item item, Map<String, Item> standing) {
    Item first = null;
    for (String copy : item.copies()) {
      Item other = standing.get(copy);
      if (other != null && (first == null || Item.FIRST.compare(other, first) < 0)) {
        first = other;
      }
    }
    return first;
  }

  private static Eviction merge(Item item, Item other, Instant now) {
    Resident resident = item.resident();
    Figures figures = new Figures(0, 0, EvictionPlan.ageDays(resident, now), 1, resident.bytes());
    return new Eviction(
        resident.id(), Place.ARCHIVE, Reason.REPEATS, resident.version(), figures, now, new Repeated(other.id(), other.resident().version()));
  }
}
