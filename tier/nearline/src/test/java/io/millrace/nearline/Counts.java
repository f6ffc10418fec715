// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.event.Event;
import io.millrace.core.event.ItemFeatures;
import io.millrace.core.event.UserFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;
import org.awaitility.Awaitility;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

import static org.assertj.core.api.Assertions.assertThat;

/** Clicks counted from the log itself, to compare the views with. */
record Counts(Map<String, Long> byUser, Map<String, Long> byDocument) {

  static Counts of(EventLog log) {
    Counts counts = new Counts(new TreeMap<>(), new TreeMap<>());
    Set<String> seen = new HashSet<>();
    try (Views events = new Views(log, Topic.EVENTS)) {
      long all = log.end(Topic.EVENTS).values().stream().mapToLong(Long::longValue).sum();
      Awaitility.await().atMost(Duration.ofMinutes(4)).until(() -> events.refresh().all().size() >= all);
      for (LogRecord record : events.all()) {
        if (Json.read(record.value(), Event.class) instanceof Event.Clicked click && seen.add(click.id())) {
          counts.byUser.merge(click.user(), 1L, Long::sum);
          counts.byDocument.merge(click.document(), 1L, Long::sum);
        }
      }
    }
    return counts;
  }

  /** Waits until the views say what the log says, and checks that they go on to say so once all is processed. */
  void assertViewsAgree(EventLog log, Nearline nearline) {
    try (Views users = new Views(log, Topic.USER_FEATURES);
        Views items = new Views(log, Topic.ITEM_FEATURES)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(
              () -> {
                assertThat(clicks(users.refresh(), UserFeatures.class, UserFeatures::clicks)).isEqualTo(byUser);
                assertThat(clicks(items.refresh(), ItemFeatures.class, ItemFeatures::clicks)).isEqualTo(byDocument);
                assertThat(nearline.status().pipeline("features").lag()).isZero();
              });
      assertThat(clicks(users.refresh(), UserFeatures.class, UserFeatures::clicks)).isEqualTo(byUser);
      assertThat(clicks(items.refresh(), ItemFeatures.class, ItemFeatures::clicks)).isEqualTo(byDocument);
    }
  }

  private static <T> Map<String, Long> clicks(Views view, Class<T> type, ToLongFunction<T> clicks) {
    Map<String, Long> counts = new TreeMap<>();
    view.latest().keySet().forEach(key -> counts.put(key, clicks.applyAsLong(view.get(key, type))));
    return counts;
  }
}
