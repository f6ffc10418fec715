// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.event.Event;
import io.millrace.eventlog.EmbeddedKafka;
import io.millrace.eventlog.KafkaEventLog;
import io.millrace.online.event.EventFeed;
import io.millrace.online.event.EventJournal;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** What happens while the event log is away, and when it comes back. */
class BrokerGoneTest {

  private EmbeddedKafka broker;
  private Path directory;

  @Test
  void answersWithoutTheLogAndLosesNoEvent() {
    Deadlines deadlines = new Deadlines(0, 0, 0, 0, 0, 3_000, 0);
    try (TestMill mill =
        TestMill.start(
            deadlines,
            place -> {
              directory = place;
              broker = EmbeddedKafka.start(place, 0);
              return KafkaEventLog.connect(
                  "mill", broker.bootstrapServers(), Map.of(), 0, Duration.ofSeconds(3), () -> broker.close());
            })) {
      mill.content("mill/Weir", "Weir", "A weir raises the level of the water by 2 metres.");
      int port = Integer.parseInt(broker.bootstrapServers().replaceAll(".*:", ""));
      broker.close();

      JsonNode reply = mill.ask("How far does the weir raise the level?");
      assertThat(reply.at("/choices/0/message/content").asString()).contains("2 metres");
      HttpResponse<String> refused = mill.put("/v1/documents/a", Map.of("title", "A", "text", "A wheel."));
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(TestMill.json(refused).at("/error/code").asString()).isEqualTo("event_log_unavailable");
      assertThat(mill.post("/v1/events", Map.of("type", "clicked", "document", "a")).statusCode()).isEqualTo(503);
      EventJournal journal = mill.gateway().part(EventJournal.class);
      Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
        assertThat(journal.spooled()).isPositive();
        HttpResponse<String> health = mill.get("/actuator/health");
        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(health.body()).contains("DEGRADED");
      });

      assertThat(mill.ask("How far does the weir raise the level?").at("/millrace/mode").asString()).isEqualTo("quote");

      broker = EmbeddedKafka.start(directory, port);
      String trace = reply.at("/millrace/trace").asString();
      EventFeed feed = mill.gateway().part(EventFeed.class);
      Awaitility.await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
        assertThat(journal.spooled()).isZero();
        List<Event> found = feed.recent(100, event -> event.trace().equals(trace));
        assertThat(found).anyMatch(Event.Answered.class::isInstance).anyMatch(Event.Judged.class::isInstance);
      });
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(
          () -> mill.put("/v1/documents/a", Map.of("title", "A", "text", "A wheel.")).statusCode() == 200);
    }
  }

  @Test
  void answersAlthoughNoEventCanBeKeptAndAcknowledgesNothingMeanwhile() throws IOException {
    Deadlines deadlines = new Deadlines(0, 0, 0, 0, 0, 2_000, 0);
    try (TestMill mill =
        TestMill.start(
            deadlines,
            place -> {
              directory = place;
              broker = EmbeddedKafka.start(place, 0);
              return KafkaEventLog.connect(
                  "mill", broker.bootstrapServers(), Map.of(), 0, Duration.ofSeconds(3), () -> broker.close());
            })) {
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(
          () -> mill.get("/actuator/health/readiness").statusCode() == 200);
      EventJournal journal = mill.gateway().part(EventJournal.class);
      Path spool = mill.home.resolve("spool").resolve("events.jsonl");
      FullDevice.takesThePlaceOf(spool);
      int port = Integer.parseInt(broker.bootstrapServers().replaceAll(".*:", ""));
      broker.close();
      while (journal.lost() == 0) {
        journal.append(new Event.Clicked("c", Instant.now(), "t", "ann", "mill/Weir", "search", null, 0));
      }

      assertThat(mill.ask("How far does the weir raise the level?").at("/millrace/mode").asString()).isEqualTo("none");
      for (HttpResponse<String> refused :
          List.of(
              mill.post("/v1/events", Map.of("type", "clicked", "document", "mill/Weir")),
              mill.put("/v1/documents/a", Map.of("title", "A", "text", "A wheel.")))) {
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      }
      HttpResponse<String> health = mill.get("/actuator/health");
      assertThat(health.statusCode()).isEqualTo(503);
      assertThat(health.body()).contains("events are being lost");
      if (FullDevice.isThere()) {
        assertThat(health.body()).contains("No space left on device").contains("free some space");
      }
      assertThat(mill.get("/actuator/health/readiness").statusCode()).isEqualTo(200);
      assertThat(mill.get("/actuator/prometheus").body()).containsPattern("millrace_events_lost_total [1-9]");
      assertThat(mill.get("/status").body()).contains("events were lost");

      Files.delete(spool);
      broker = EmbeddedKafka.start(directory, port);
      Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
        assertThat(journal.queued()).isZero();
        assertThat(mill.get("/actuator/health").statusCode()).isEqualTo(200);
        assertThat(mill.post("/v1/events", Map.of("type", "clicked", "document", "mill/Weir")).statusCode()).isEqualTo(202);
      });
    }
  }
}
