// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures how soon what is sent has an effect: a document put is found, a document deleted is gone, a click changes
 * what is recommended. Times count from before the request is sent; they are seen by asking again every few
 * milliseconds, and so are late by that much at most.
 */
final class FreshnessTrials {

  private static final Duration EVERY = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long LOOK_MILLIS = 25;

  private final GatewayClient client;
  private final Measurements measurements;
  private final Pace pace;
  private final String run;

  /**
   * Trials of one run.
   *
   * @param run distinguishes documents and users of this run from those of earlier ones
   */
  FreshnessTrials(GatewayClient client, Measurements measurements, Pace pace, String run) {
    this.client = client;
    this.measurements = measurements;
    this.pace = pace;
    this.run = run;
  }

  /** Tries again and again until the simulation's time is over. */
  void repeat() throws InterruptedException {
    for (int n = 0; !pace.over(); n++) {
      document(n);
      if (!pace.over()) {
        click(n);
      }
      Thread.sleep(EVERY);
    }
  }

  private interface Look {
    boolean done() throws InterruptedException;
  }

  private void document(int n) throws InterruptedException {
    String id = "simulation/" + run + "/" + n;
    // A word that nothing else has, so that the search has one answer.
    String word = "zq" + run + "x" + n;
    long begun = System.nanoTime();
    if (!client.put(id, "Simulated page " + word, "The word of this page is " + word + ". It serves to measure freshness.")) {
      measurements.missed("put to searchable");
      return;
    }
    try {
      if (waitFor(() -> isFound(word, id))) {
        measurements.searchableAfter((System.nanoTime() - begun) / 1e6);
      } else {
        measurements.missed("put to searchable");
      }
    } finally {
      begun = System.nanoTime();
      if (client.delete(id) && waitFor(() -> !isFound(word, id))) {
        measurements.goneAfter((System.nanoTime() - begun) / 1e6);
      } else {
        measurements.missed("delete to gone");
      }
    }
  }

  private boolean isFound(String word, String id) throws InterruptedException {
    return client.find(word, 5).stream().anyMatch(page -> page.document().equals(id));
  }

  private void click(int n) throws InterruptedException {
    String user = "simulation-" + run + "-" + n;
    GatewayClient.Shown before = client.recommendations(user, null, false);
    List<Page> again = client.recommendations(user, null, false).pages();
    // Only a page that stays in the list without a click can be missed there because of one.
    Page page = before.pages().stream().filter(p -> contains(again, p)).findFirst().orElse(null);
    if (page == null) {
      return; // The list changed by itself just then: nothing could be told from a click.
    }
    long begun = System.nanoTime();
    client.click(user, page, before.exposure(), "home", 30_000);
    if (waitFor(() -> hasChanged(user, page))) {
      measurements.recommendationsChangedAfter((System.nanoTime() - begun) / 1e6);
    } else {
      measurements.missed("click to recommendations");
    }
  }

  private boolean hasChanged(String user, Page clicked) throws InterruptedException {
    List<Page> now = client.recommendations(user, null, false).pages();
    return !now.isEmpty() && !contains(now, clicked);
  }

  private static boolean contains(List<Page> pages, Page page) {
    return pages.stream().anyMatch(other -> other.document().equals(page.document()));
  }

  private static boolean waitFor(Look look) throws InterruptedException {
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < PATIENCE.toNanos()) {
      if (look.done()) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return false;
  }
}
