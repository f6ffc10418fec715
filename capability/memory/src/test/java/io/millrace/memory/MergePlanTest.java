// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Figures;
import io.millrace.core.log.Eviction.Place;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.log.Eviction.Repeated;
import io.millrace.core.settings.Repeats;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class MergePlanTest {

  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final Instant BEFORE = NOW.minusSeconds(60);

  /** The later its version, the later a document's text was changed here. */
  @Test
  void theOldestStandsForThoseThatRepeatItAndEachDecisionNamesIt() {
    List<Eviction> plan =
        plan(held("later", 5, "first"), held("first", 3, "later", "last"), held("last", 9, "first"), held("other", 4));

    assertThat(plan).extracting(Eviction::document).containsExactly("later", "last");
    assertThat(plan).allSatisfy(each -> {
      assertThat(each.place()).isEqualTo(Place.ARCHIVE);
      assertThat(each.reason()).isEqualTo(Reason.REPEATS);
      assertThat(each.merged()).isTrue();
      assertThat(each.repeats()).isEqualTo(new Repeated("first", 3));
      assertThat(each.figures().bytes()).isEqualTo(10);
    });
  }

  /** Being alike does not pass on: what repeats only what is itself merged keeps its place. */
  @Test
  void whatNothingInMemoryRepeatsStays() {
    assertThat(plan(held("a", 1, "b"), held("b", 2, "a", "c"), held("c", 3, "b")))
        .extracting(Eviction::document).containsExactly("b");
  }

  @Test
  void whatIsPinnedOrWasRestoredNeverGoesAndStandsForOthers() {
    assertThat(plan(held("first", 1, "pinned", "restored"), staying("pinned", 7, null, "first", "restored"), staying("restored", 8, null, "first", "pinned")))
        .singleElement().satisfies(each -> {
          assertThat(each.document()).isEqualTo("first");
          assertThat(each.repeats()).isEqualTo(new Repeated("pinned", 7));
        });
    assertThat(plan(held("first", 1, "pinned"), staying("pinned", 7, merged("pinned", 7, "first", 1), "first")))
        .as("pinned after it was merged").singleElement().satisfies(each -> back(each, "pinned"));
  }

  @Test
  void aDecisionHoldsWhileWhatItNamesIsInMemoryAndSaysTheSameWhetherOneKnowsTheLikenessOrNot() {
    MergePlan.Item away = away("away", 5, "first", 3);
    assertThat(plan(held("first", 3), away)).isEmpty();
    assertThat(plan(held("first", 2), away)).as("decided by one who has read more of the log").isEmpty();
    assertThat(plan(held("other", 3), away)).as("it is gone, over, or archived").singleElement().satisfies(each -> back(each, "away"));
    assertThat(plan(held("first", 6), away)).as("it says something else").singleElement().satisfies(each -> back(each, "away"));
  }

  @Test
  void anotherOneMayTakeItsPlace() {
    assertThat(plan(held("second", 7, "away"), held("third", 8), away("away", 5, "first", 3, "second")))
        .singleElement().satisfies(each -> assertThat(each.repeats()).isEqualTo(new Repeated("second", 7)));
    assertThat(plan(held("second", 7, "away"), away("away", 5, "second", 3, "second"))).as("a new version that says nearly the same")
        .singleElement().satisfies(each -> assertThat(each.repeats()).isEqualTo(new Repeated("second", 7)));
  }

  /** Of several that lost what stood for them, one comes back and stands for the others. */
  @Test
  void ofThoseLeftBehindOneComesBack() {
    List<Eviction> plan = plan(away("b", 2, "a", 1, "c"), away("c", 3, "a", 1, "b"));
    assertThat(plan).hasSize(2);
    back(plan.get(0), "b");
    assertThat(plan.get(1).repeats()).isEqualTo(new Repeated("b", 2));
  }

  @Test
  void ofTwoThatDecidersMergedIntoEachOtherTheFirstComesBack() {
    assertThat(plan(away("b", 2, "a", 1, "a"), away("a", 1, "b", 2, "b"))).singleElement().satisfies(each -> back(each, "a"));
    assertThat(plan(away("b", 2, "a", 1), away("a", 1, "b", 2))).as("without knowing that they are alike").singleElement().satisfies(each -> back(each, "a"));
  }

  @Test
  void whereRepeatsAreKeptAllComeBack() {
    List<MergePlan.Item> items = List.of(held("a", 1, "b"), away("b", 2, "a", 1, "a"), held("c", 3, "a"));
    assertThat(MergePlan.of(items, Repeats.KEEP, NOW, 1_000)).singleElement().satisfies(each -> back(each, "b"));
  }

  @Test
  void whoComesBackComesFirstWhereThereAreManyDecisions() {
    List<MergePlan.Item> items = List.of(held("a", 1, "b", "c"), held("b", 2, "a"), held("c", 3, "a"), away("d", 4, "gone", 0));
    List<Eviction> plan = MergePlan.of(items, Repeats.MERGE, NOW, 2);
    assertThat(plan).extracting(Eviction::document).containsExactly("d", "b");
  }

  @Test
  void dependsOnWhatThereIsAndNotOnItsOrder() {
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      List<MergePlan.Item> items = new Memory(random, 1 + random.nextInt(20)).seenBy(0);
      List<Eviction> plan = MergePlan.of(items, Repeats.MERGE, NOW, 1_000);
      Collections.shuffle(items, random);
      assertThat(MergePlan.of(items, Repeats.MERGE, NOW, 1_000)).isEqualTo(plan);
    }
  }

  /**
   * Gateways that know different pairs, and whose decisions reach the log in any order, some of them late: they come to an end, and then
   * everything in the archive repeats something in memory, and nothing that stays has gone.
   */
  @Test
  void decidersWhoKnowDifferentPairsComeToAnEndAtWhichNoTextIsInTheArchiveOnly() {
    Random random = new Random(4);
    for (int round = 0; round < 500; round++) {
      Memory memory = new Memory(random, 2 + random.nextInt(15));
      for (int step = 0; step < 30; step++) {
        memory.someDecide();
      }
      memory.settle();
      memory.check(round);
      for (int change = 0; change < 3; change++) {
        memory.lose();
        memory.someDecide();
      }
      memory.settle();
      memory.check(round);
    }
  }

  /** Documents of which three deciders know different pairs. */
  private static final class Memory {
    private static final int DECIDERS = 3;

    private final Random random;
    private final Map<String, Long> versions = new HashMap<>();
    private final Set<String> staying = new HashSet<>();
    private final List<Map<String, Set<String>>> known = new ArrayList<>();
    private final Map<String, Eviction> log = new HashMap<>();

    Memory(Random random, int size) {
      this.random = random;
      for (int i = 0; i < size; i++) {
        versions.put("d" + i, (long) random.nextInt(1_000) * size + i);
        if (random.nextInt(8) == 0) {
          staying.add("d" + i);
        }
      }
      for (int decider = 0; decider < DECIDERS; decider++) {
        known.add(new HashMap<>());
      }
      for (int pair = random.nextInt(3 * size); pair > 0; pair--) {
        String one = "d" + random.nextInt(size);
        String other = "d" + random.nextInt(size);
        for (Map<String, Set<String>> pairs : known) {
          if (!one.equals(other) && random.nextInt(3) > 0) {
            pairs.computeIfAbsent(one, _ -> new HashSet<>()).add(other);
            pairs.computeIfAbsent(other, _ -> new HashSet<>()).add(one);
          }
        }
      }
    }

    List<MergePlan.Item> seenBy(int decider) {
      List<MergePlan.Item> items = new ArrayList<>();
      versions.forEach((id, version) -> {
        Eviction decision = log.get(id);
        Eviction merged = decision != null && decision.merged() && decision.version() >= version ? decision : null;
        Set<String> copies = known.get(decider).getOrDefault(id, Set.of());
        items.add(new MergePlan.Item(resident(id, version), staying.contains(id), merged, copies));
      });
      return items;
    }

    /** All look at the same state, and what they decide arrives in turns, or not at all. */
    void someDecide() {
      List<List<Eviction>> plans = new ArrayList<>();
      for (int decider = 0; decider < DECIDERS; decider++) {
        plans.add(MergePlan.of(seenBy(decider), Repeats.MERGE, NOW, 1 + random.nextInt(5)));
      }
      Collections.shuffle(plans, random);
      plans.forEach(plan -> plan.stream().filter(_ -> random.nextInt(4) > 0).forEach(each -> log.put(each.document(), each)));
    }

    /** Each decides in turn until nobody has anything to decide. */
    void settle() {
      int rounds = 0;
      boolean changed = true;
      while (changed) {
        changed = false;
        assertThat(rounds++).as("rounds").isLessThan(200);
        for (int decider = 0; decider < DECIDERS; decider++) {
          List<Eviction> plan = MergePlan.of(seenBy(decider), Repeats.MERGE, NOW, 1_000);
          plan.forEach(each -> log.put(each.document(), each));
          changed |= !plan.isEmpty();
        }
      }
    }

    /** One is deleted, or says something else from now on. */
    void lose() {
      String id = List.copyOf(versions.keySet()).get(random.nextInt(versions.size()));
      for (Map<String, Set<String>> pairs : known) {
        pairs.remove(id);
        pairs.values().forEach(others -> others.remove(id));
      }
      if (random.nextBoolean() && versions.size() > 1) {
        versions.remove(id);
        log.remove(id);
      } else {
        versions.put(id, versions.get(id) + 100_000);
      }
    }

    void check(int round) {
      for (String id : versions.keySet()) {
        Eviction decision = log.get(id);
        if (decision != null && decision.archived() && decision.version() >= versions.get(id)) {
          Repeated repeated = decision.repeats();
          assertThat(repeated).isNotNull();
          Eviction others = log.get(repeated.document());
          assertThat(staying).as("round %d", round).doesNotContain(id);
          assertThat(versions).as("round %d", round).containsEntry(repeated.document(), repeated.version());
          assertThat(others == null || !others.archived() || others.version() < repeated.version()).as("round %d: %s", round, decision).isTrue();
        }
      }
    }
  }

  private static void back(Eviction decision, String document) {
    assertThat(decision).extracting(Eviction::document, Eviction::place, Eviction::reason, Eviction::repeats)
        .containsExactly(document, Place.MEMORY, Reason.ALONE, null);
  }

  private static List<Eviction> plan(MergePlan.Item... items) {
    return MergePlan.of(List.of(items), Repeats.MERGE, NOW, 1_000);
  }

  private static MergePlan.Item held(String id, long version, String... copies) {
    return new MergePlan.Item(resident(id, version), false, null, Set.of(copies));
  }

  private static MergePlan.Item staying(String id, long version, Eviction merged, String... copies) {
    return new MergePlan.Item(resident(id, version), true, merged, Set.of(copies));
  }

  /** In the archive since another stands for it. */
  private static MergePlan.Item away(String id, long version, String other, long otherVersion, String... copies) {
    return new MergePlan.Item(resident(id, version), false, merged(id, version, other, otherVersion), Set.of(copies));
  }

  private static Eviction merged(String id, long version, String other, long otherVersion) {
    return new Eviction(id, Place.ARCHIVE, Reason.REPEATS, version, Figures.NONE, BEFORE, new Repeated(other, otherVersion));
  }

  private static Resident resident(String id, long version) {
    return new Resident(id, version, 10, 5, BEFORE.minusSeconds(3_600).plusMillis(version), null, false, 0, List.of());
  }
}
