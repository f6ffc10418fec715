// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.Event;
import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class WeightGateTest {

  private static final WeightGate GATE = new WeightGate(Simulation.SCORE);
  private static final FusionWeights NEW = Simulation.with(EvidenceKind.RECENCY, 0.6);

  @Test
  void takesWhatOrdersMoreRightlyAndRefusesItTheOtherWayRound() {
    List<Preference> preferences = preferences(1, 600, 60, Simulation.preferring(NEW));
    WeightGate.Verdict verdict = GATE.judge(preferences, Simulation.CONSTANTS, NEW);

    assertThat(verdict.taken()).as(verdict.reason()).isTrue();
    assertThat(verdict.gain()).isGreaterThan(0.05);
    assertThat(verdict.lowerBound()).isPositive().isLessThan(verdict.gain());
    assertThat(GATE.judge(preferences, NEW, Simulation.CONSTANTS).taken()).isFalse();
    assertThat(GATE.judge(preferences, NEW, NEW).reason()).contains("1.0 % more");
  }

  @Test
  void refusesWhatFewPreferencesSay() {
    WeightGate.Verdict verdict = GATE.judge(preferences(1, 60, 20, Simulation.preferring(NEW)), Simulation.CONSTANTS, NEW);
    assertThat(verdict.taken()).isFalse();
    assertThat(verdict.reason()).contains("of 200 preferences");
  }

  @Test
  void refusesWhatNoiseSeemsToSay() {
    int taken = 0;
    for (long seed = 0; seed < 20; seed++) {
      List<Preference> learning = preferences(100 + seed, 400, 40, Simulation.atRandom());
      FusionWeights learned = new WeightFit(Simulation.SCORE, Simulation.CONSTANTS).fit(learning).weights();
      List<Preference> deciding = preferences(200 + seed, 400, 40, Simulation.atRandom());
      taken += GATE.judge(deciding, Simulation.CONSTANTS, learned).taken() ? 1 : 0;
    }
    assertThat(taken).isLessThanOrEqualTo(1);
  }

  @Test
  void refusesAGainThatFewPeopleMake() {
    Simulation simulation = new Simulation(4, Simulation.CONSTANTS);
    List<JudgedList> lists = new ArrayList<>(simulation.judged(simulation.searches(500, 50, Simulation.atRandom())));
    for (int i = 0; i < 4; i++) {
      Simulation few = new Simulation(10 + i, Simulation.CONSTANTS);
      List<Event> events = new ArrayList<>();
      for (int search = 0; search < 60; search++) {
        events.addAll(few.search("fan" + i, Simulation.preferring(NEW)));
      }
      lists.addAll(few.judged(events));
    }
    WeightGate.Verdict verdict = GATE.judge(Preferences.of(lists), Simulation.CONSTANTS, NEW);
    assertThat(verdict.taken()).as(verdict.reason()).isFalse();
    assertThat(verdict.people()).isEqualTo(54);
  }

  private static List<Preference> preferences(long seed, int searches, int people, Simulation.Person person) {
    Simulation simulation = new Simulation(seed, Simulation.CONSTANTS);
    return Preferences.of(simulation.judged(simulation.searches(searches, people, person)));
  }
}
