// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.event.ItemFeatures;
import io.millrace.core.event.UserFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.RankerWeights;
import io.millrace.core.log.Topic;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

class FeatureViewTest {

  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

  @TempDir Path folder;

  @Test
  void followsTheThreeTopics() {
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("features", folder));
        FeatureView view = new FeatureView(log)) {
      UserFeatures ada =
          new UserFeatures("ada", List.of("a/One"), Map.of("a", 2.0), List.of(), List.of(), 1, 3, NOW);
      log.append(Topic.USER_FEATURES, "ada", Json.bytes(ada)).join();
      log.append(Topic.ITEM_FEATURES, "a/One", Json.bytes(item("a/One", 2, NOW))).join();
      log.append(Topic.RANKER, "default", Json.bytes(new RankerWeights("default", Map.of("bias", -1.0), 9, NOW)))
          .join();

      await().until(() -> !view.user("ada").recent().isEmpty() && view.item("a/One").isPresent());
      await().until(() -> view.weights("default").isPresent());
      assertThat(view.user("ada")).isEqualTo(ada);
      assertThat(view.popular(5)).containsExactly("a/One");
      assertThat(view.weights("default").orElseThrow().weights()).containsEntry("bias", -1.0);

      log.append(Topic.ITEM_FEATURES, "a/One", null).join();
      log.append(Topic.USER_FEATURES, "ada", null).join();
      await().until(() -> view.popular(5).isEmpty() && view.user("ada").recent().isEmpty());
      assertThat(view.item("a/One")).isEmpty();
      await().until(view::caughtUp);
    }
  }

  @Test
  void ordersByPopularityAsDecayedToOneMoment() {
    try (FeatureView view = new FeatureView()) {
      view.put(item("old", 10, NOW.minus(Duration.ofDays(4))));
      view.put(item("new", 1, NOW));
      view.put(item("newer", 0.9, NOW.plus(Duration.ofHours(6))));
      view.put(item("never", 0, NOW));

      assertThat(view.popular(10)).containsExactly("newer", "new", "old");
      assertThat(FeatureView.popularity(item("old", 10, NOW.minus(Duration.ofDays(4))), NOW))
          .isCloseTo(10 / 16.0, within(1e-9));

      view.put(item("old", 30, NOW));
      assertThat(view.popular(2)).containsExactly("old", "newer");
    }
  }

  @Test
  void refusesWeightsThatAreNoNumbers() {
    try (FeatureView view = new FeatureView()) {
      assertThatThrownBy(
              () -> view.put(new RankerWeights("default", Map.of("bias", Double.NaN), 1, NOW)))
          .hasMessageContaining("bias")
          .hasMessageContaining("NaN");
    }
  }

  private static ItemFeatures item(String document, double popularity, Instant at) {
    return new ItemFeatures(document, 1, 1, popularity, Map.of(), 0, at);
  }
}
