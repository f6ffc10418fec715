// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.random.RandomGenerator;

/** One person's sessions: searching, asking, following recommendations, rating, now and then attacking. */
final class SimulatedUser {

  private static final int HITS = 10;
  private static final int MOST_HOPS = 3;

  private final Persona persona;
  private final KnownPages pages;
  private final GatewayClient client;
  private final Pace pace;
  private final Measurements measurements;
  private final double attacks;
  private final RandomGenerator random;

  SimulatedUser(
      Persona persona,
      KnownPages pages,
      GatewayClient client,
      Pace pace,
      Measurements measurements,
      double attacks,
      RandomGenerator random) {
    this.persona = persona;
    this.pages = pages;
    this.client = client;
    this.pace = pace;
    this.measurements = measurements;
    this.attacks = attacks;
    this.random = random;
  }

  /** Comes back again and again until the simulation's time is over. */
  void live() throws InterruptedException {
    while (!pace.over()) {
      Page wanted = pages.any(persona.interest(random), random);
      double mood = random.nextDouble();
      if (mood < 0.45) {
        search(wanted);
      } else if (mood < 0.80) {
        ask(wanted);
      } else {
        follow(null, 0);
      }
    }
  }

  private void search(Page wanted) throws InterruptedException {
    if (!pace.await()) {
      return;
    }
    List<Page> hits = client.search(persona.user(), Phrasebook.query(wanted, random), HITS);
    double[] attractions = new double[hits.size()];
    for (int i = 0; i < attractions.length; i++) {
      // What was sought is clicked nearly always where it is seen.
      attractions[i] = hits.get(i).document().equals(wanted.document()) ? 0.9 : persona.attraction(hits.get(i)) / 2;
    }
    int position = ClickModel.click(attractions, random);
    if (position >= 0 && pace.await()) {
      Page clicked = hits.get(position);
      client.click(persona.user(), clicked, null, "search", dwell(clicked));
      follow(clicked, 0);
    }
  }

  /** Looks at what is recommended beside a page, or on the start page, and follows it for a while. */
  private void follow(@Nullable Page context, int hops) throws InterruptedException {
    if (hops == MOST_HOPS || !pace.await()) {
      return;
    }
    String document = context == null ? null : context.document();
    GatewayClient.Shown shown = client.recommendations(persona.user(), document, true);
    double[] attractions = shown.pages().stream().mapToDouble(persona::attraction).toArray();
    int position = ClickModel.click(attractions, random);
    if (position >= 0 && pace.await()) {
      Page clicked = shown.pages().get(position);
      client.click(persona.user(), clicked, shown.exposure(), context == null ? "home" : "related", dwell(clicked));
      follow(clicked, hops + 1);
    }
  }

  private void ask(Page wanted) throws InterruptedException {
    if (!pace.await()) {
      return;
    }
    boolean attack = random.nextDouble() < attacks;
    String question = attack ? Phrasebook.attack(random) : Phrasebook.question(wanted, random);
    JsonNode answer = client.ask(persona.user(), question);
    if (answer.isMissingNode()) {
      return;
    }
    String mode = answer.path("mode").asString("");
    boolean limited = false;
    for (JsonNode verdict : answer.path("verdicts")) {
      limited |= verdict.path("stage").asString("").equals("input") && verdict.path("decision").asString("").equals("quote");
    }
    measurements.judged(
        attack,
        mode.equals("refused")
            ? Measurements.Fate.REFUSED
            : limited ? Measurements.Fate.LIMITED : Measurements.Fate.ANSWERED);
    boolean good = answer.path("grounded").asBoolean(false) && !mode.equals("quote");
    if (!attack && random.nextDouble() < (good ? 0.3 : 0.2) && pace.await()) {
      client.rate(persona.user(), answer.path("trace").asString(""), good ? 1 : -1);
    }
  }

  private long dwell(Page page) {
    return (long) (2_000 + 60_000 * persona.attraction(page) * random.nextDouble());
  }
}
