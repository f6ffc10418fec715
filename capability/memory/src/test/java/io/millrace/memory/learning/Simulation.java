// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.document.Language;
import io.millrace.core.event.Event;
import io.millrace.core.event.ShownHits;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;
import io.millrace.memory.SearchSettings;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** People who search, look down a list less and less, and open what they like by a rule of their own. */
final class Simulation {

  static final Purpose PURPOSE = new Purpose(Language.ENGLISH, Aim.ANSWER);
  static final FusionWeights CONSTANTS = FusionWeights.of(SearchSettings.DEFAULT, PURPOSE.language(), PURPOSE.aim());
  static final HitScore SCORE = new HitScore(0);

  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final int HITS = 10;
  private static final double EAGERNESS = 15;

  private final SplittableRandom random;
  private final FusionWeights shownBy;
  private Instant now = BEGIN;
  private int searches;

  Simulation(long seed, FusionWeights shownBy) {
    this.random = new SplittableRandom(seed);
    this.shownBy = shownBy;
  }

  /** What somebody does with a list. */
  @FunctionalInterface
  interface Person {
    /** Returns the place of the hit that is opened, from 0; -1 for none. */
    int opens(JudgedList list, SplittableRandom random);
  }

  /** Somebody who opens what these weights put first of what was looked at, more or less. */
  static Person preferring(FusionWeights truth) {
    double[] weights = HitScore.numbers(truth);
    return (list, random) -> {
      int seen = looksAt(random);
      double[] odds = IntStream.range(0, seen).mapToDouble(i -> Math.exp(EAGERNESS * SCORE.of(list, i, weights))).toArray();
      double left = random.nextDouble() * Arrays.stream(odds).sum();
      for (int i = 0; i < seen; i++) {
        left -= odds[i];
        if (left <= 0) {
          return i;
        }
      }
      return seen - 1;
    };
  }

  /** Somebody who opens any of what was looked at. */
  static Person atRandom() {
    return (_, random) -> random.nextInt(looksAt(random));
  }

  /** Somebody who opens the first hit whatever it is. */
  static Person first() {
    return (_, _) -> 0;
  }

  /** Everybody looks at the first hit, three of four at one more, and so on. */
  private static int looksAt(SplittableRandom random) {
    int seen = 1;
    while (seen < HITS && random.nextDouble() < 0.75) {
      seen++;
    }
    return seen;
  }

  /** Makes the events of a search and of what was opened of it, some minutes after those before. */
  List<Event> search(String user, Person person) {
    now = now.plusSeconds(60);
    String id = "search-" + ++searches + "-" + user;
    List<ShownHits.Hit> hits = hits();
    JudgedList list = new JudgedList(PURPOSE, now, user, hits, new BitSet());
    List<Event> events = new ArrayList<>();
    List<String> documents = hits.stream().map(ShownHits.Hit::document).toList();
    events.add(new Event.Searched(id, now, id, user, "q", documents, 1, new ShownHits("en", "answer", hits)));
    int opened = person.opens(list, random);
    if (opened >= 0) {
      events.add(new Event.Clicked(id + "-click", now.plusSeconds(5), id, user, documents.get(opened), "search", id, 0));
    }
    return events;
  }

  /** Returns so many searches of so many people who take turns. */
  List<Event> searches(int count, int people, Person person) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.addAll(search("user" + i % people, person));
    }
    return events;
  }

  /** Returns a list as the weights in use order it. */
  private List<ShownHits.Hit> hits() {
    List<ShownHits.Hit> hits = new ArrayList<>();
    for (int i = 0; i < HITS; i++) {
      hits.add(
          new ShownHits.Hit(
              "doc" + i,
              Map.of(
                  "bm25", random.nextDouble(), "dense", random.nextDouble(), "recency", random.nextDouble(), "use",
                  random.nextDouble())));
    }
    double[] weights = HitScore.numbers(shownBy);
    JudgedList list = new JudgedList(PURPOSE, now, "", hits, new BitSet());
    return IntStream.range(0, HITS).boxed()
        .sorted(Comparator.comparingDouble(i -> -SCORE.of(list, i, weights)))
        .map(hits::get).toList();
  }

  /** A moment at which everything so far is settled. */
  Instant later() {
    return now.plus(Duration.ofHours(1));
  }

  /** Returns the lists that somebody judged. */
  List<JudgedList> judged(List<Event> events) {
    Feedback feedback = new Feedback();
    events.forEach(feedback::apply);
    feedback.settle(later());
    return feedback.judged(PURPOSE);
  }

  /** Returns the mean nDCG@10 of weights on new questions, where the three hits that the truth puts first are worth 3, 2 and 1. */
  static double ndcg(FusionWeights weights, FusionWeights truth, long seed) {
    Simulation questions = new Simulation(seed, weights);
    double[] right = HitScore.numbers(truth);
    double ideal = gain(3, 0) + gain(2, 1) + gain(1, 2);
    double sum = 0;
    int count = 500;
    for (int i = 0; i < count; i++) {
      JudgedList list = new JudgedList(PURPOSE, BEGIN, "", questions.hits(), new BitSet());
      List<Integer> best =
          IntStream.range(0, HITS).boxed().sorted(Comparator.comparingDouble(at -> -SCORE.of(list, at, right))).toList();
      double gained = 0;
      for (int place = 0; place < 3; place++) {
        gained += gain(3 - place, best.get(place));
      }
      sum += gained / ideal;
    }
    return sum / count;
  }

  private static double gain(int worth, int rank) {
    return (Math.pow(2, worth) - 1) / (Math.log(rank + 2) / Math.log(2));
  }

  /** The constants with what is known of documents in it. */
  static FusionWeights with(EvidenceKind kind, double weight) {
    return CONSTANTS.with(kind, weight);
  }
}
