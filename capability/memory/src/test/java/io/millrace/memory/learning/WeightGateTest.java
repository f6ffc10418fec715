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
  private static final WeightFit FIT = new WeightFit(Simulation.SCORE, Simulation.CONSTANTS);

  /** How people who prefer what is new follow other weights, and these. */
  private static final List<Preference> THEY = Preferences.of(lists(99, 600, 60, Simulation.preferring(NEW)));

  private static final WeightFit.Fitted OLD = FIT.follow(THEY, Simulation.CONSTANTS);
  private static final WeightFit.Fitted NEWER = FIT.follow(THEY, NEW);

  @Test
  void takesWhatOrdersMoreRightlyAndRefusesItTheOtherWayRound() {
    List<JudgedList> lists = lists(1, 600, 60, Simulation.preferring(NEW));
    WeightGate.Verdict verdict = GATE.judge(lists, OLD, NEWER);

    assertThat(verdict.taken()).as(verdict.reason()).isTrue();
    assertThat(verdict.gain()).isGreaterThan(0.05);
    assertThat(verdict.lowerBound()).isPositive();
    assertThat(GATE.judge(lists, NEWER, OLD).taken()).isFalse();
    assertThat(GATE.judge(lists, NEWER, NEWER).reason()).contains("1.0 % more");
  }

  @Test
  void refusesWhatFewPreferencesSay() {
    WeightGate.Verdict verdict = GATE.judge(lists(1, 60, 20, Simulation.preferring(NEW)), OLD, NEWER);
    assertThat(verdict.taken()).isFalse();
    assertThat(verdict.reason()).contains("of 200 preferences");
  }

  @Test
  void refusesWhatNoiseSeemsToSay() {
    int taken = 0;
    for (long seed = 0; seed < 10; seed++) {
      List<Preference> learning = Preferences.of(lists(100 + seed, 400, 40, Simulation.atRandom()));
      List<JudgedList> deciding = lists(200 + seed, 400, 40, Simulation.atRandom());
      taken += GATE.judge(deciding, FIT.follow(learning, Simulation.CONSTANTS), FIT.fit(learning)).taken() ? 1 : 0;
    }
    assertThat(taken).isLessThanOrEqualTo(1);
  }

  @Test
  void refusesAnythingElseWherePeopleLikeTheOrderAsItIs() {
    int taken = 0;
    for (long seed = 0; seed < 10; seed++) {
      List<Preference> learning = Preferences.of(lists(300 + seed, 500, 50, Simulation.preferring(Simulation.CONSTANTS)));
      List<JudgedList> deciding = lists(400 + seed, 500, 50, Simulation.preferring(Simulation.CONSTANTS));
      taken += GATE.judge(deciding, FIT.follow(learning, Simulation.CONSTANTS), FIT.fit(learning)).taken() ? 1 : 0;
      // What nobody cares for is no better than the order that they like.
      assertThat(GATE.judge(deciding, FIT.follow(learning, Simulation.CONSTANTS), FIT.follow(learning, NEW)).taken()).isFalse();
    }
    assertThat(taken).isZero();
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
    WeightGate.Verdict verdict = GATE.judge(lists, OLD, NEWER);
    assertThat(verdict.taken()).as(verdict.reason()).isFalse();
    assertThat(verdict.people()).isEqualTo(54);
  }

  @Test
  void refusesWhatOnlyOneTenantWantsAndTakesWhatOthersWantToo() {
    List<Preference> learning = Preferences.of(oneTenantAmong(6, Simulation.atRandom()));
    WeightGate.Verdict verdict =
        GATE.judge(oneTenantAmong(7, Simulation.atRandom()), FIT.follow(learning, Simulation.CONSTANTS), FIT.follow(learning, NEW));
    assertThat(verdict.taken()).isFalse();
    assertThat(verdict.reason()).contains("without one tenant's preferences").doesNotContain("acme");

    assertThat(GATE.judge(oneTenantAmong(8, Simulation.preferring(NEW)), OLD, NEWER).taken()).isTrue();
  }

  private static List<JudgedList> oneTenantAmong(long seed, Simulation.Person others) {
    Simulation simulation = new Simulation(seed, Simulation.CONSTANTS);
    List<Event> theirs = new ArrayList<>();
    for (int i = 0; i < 800; i++) {
      theirs.addAll(simulation.search("acme/invented" + i, Simulation.preferring(NEW)));
    }
    List<JudgedList> lists = new ArrayList<>(simulation.judged(theirs));
    lists.addAll(simulation.judged(simulation.searches(800, 80, others)));
    return lists;
  }

  private static List<JudgedList> lists(long seed, int searches, int people, Simulation.Person person) {
    Simulation simulation = new Simulation(seed, Simulation.CONSTANTS);
    return simulation.judged(simulation.searches(searches, people, person));
  }
}
