// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.Event;
import io.millrace.memory.EvidenceKind;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class PreferencesTest {

  private final Simulation simulation = new Simulation(3, Simulation.CONSTANTS);

  @Test
  void whoOpensTheFirstHitWhateverItIsCountsNothing() {
    assertThat(of(simulation.searches(2_000, 40, Simulation.first()))).isEmpty();
  }

  @Test
  void placesCountAlikeHoweverMuchMoreOftenTheUpperOneIsOpened() {
    List<Preference> preferences = of(simulation.searches(2_000, 100, Simulation.atRandom()));

    for (int upper = 0; upper < 10; upper++) {
      for (int lower = upper + 1; lower < 10; lower++) {
        int one = upper;
        int other = lower;
        double down = weight(preferences, each -> each.better() == one && each.worse() == other);
        double up = weight(preferences, each -> each.better() == other && each.worse() == one);
        assertThat(up).as("%d and %d", upper, lower).isCloseTo(down, within(1e-9));
      }
    }
    assertThat(Preferences.weight(preferences)).isGreaterThan(1_000);
  }

  @Test
  void aLoudUserCountsForFiftyAtMost() {
    List<Event> events = new ArrayList<>(simulation.searches(600, 60, Simulation.atRandom()));
    for (int i = 0; i < 3_000; i++) {
      events.addAll(simulation.search("bot", Simulation.atRandom()));
    }
    List<Preference> preferences = of(events);

    assertThat(weight(preferences, each -> each.list().user().equals("bot"))).isPositive().isLessThanOrEqualTo(Preferences.MOST_OF_A_USER);
    assertThat(weight(preferences, each -> !each.list().user().equals("bot"))).isGreaterThan(Preferences.MOST_OF_A_USER);
  }

  @Test
  void aTenantWithAnyNumberOfUsersCountsForNoMoreThanEverybodyElse() {
    List<Event> events = new ArrayList<>(simulation.searches(300, 30, Simulation.atRandom()));
    for (int i = 0; i < 2_000; i++) {
      events.addAll(simulation.search("acme/made-up" + i, Simulation.preferring(Simulation.with(EvidenceKind.USE, 1))));
    }
    List<JudgedList> lists = simulation.judged(events);
    List<Preference> preferences = Preferences.of(lists);
    double theirs = weight(preferences, each -> each.list().tenant().equals("acme"));
    double house = weight(preferences, each -> each.list().tenant().isEmpty());

    assertThat(theirs).isPositive();
    // What is weighed down for its place is so after this, a little more on the one side than on the other.
    assertThat(theirs).isLessThan(1.2 * house);
    assertThat(Preferences.of(lists.stream().filter(list -> list.tenant().equals("acme")).toList())).isEmpty();
  }

  private List<Preference> of(List<Event> events) {
    return Preferences.of(simulation.judged(events));
  }

  private static double weight(List<Preference> preferences, Predicate<Preference> which) {
    return Preferences.weight(preferences.stream().filter(which).toList());
  }
}
