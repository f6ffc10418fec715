// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import static org.assertj.core.api.Assertions.assertThat;

/** Status and health while what they tell of cannot be asked. */
class StatusTest {

  @Test
  void sayWhatWasKnownLastWhileTheLogLetsEverybodyWait() {
    AtomicReference<StalledLog> stalled = new AtomicReference<>();
    AtomicInteger asked = new AtomicInteger();
    NearlineStates states = () -> {
      asked.incrementAndGet();
      EventLog log = stalled.get();
      long total = log.end(Topic.DOCUMENTS).values().stream().mapToLong(Long::longValue).sum();
      return Map.of("passages", new NearlineStates.Job("RUNNING", 1_234, total + 1_234));
    };
    try (TestMill mill = TestMill.start(directory -> stalling(directory, stalled), states)) {
      try {
        Awaitility.await().atMost(Duration.ofSeconds(30))
            .until(() -> mill.get("/actuator/health").body().contains("RUNNING 1234/1234"));
        stalled.get().stall();
        int before = asked.get();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> asked.get() > before);
        // Nobody lets the log go on before all of these have answered.
        assertThat(mill.get("/console/nearline").body()).contains("1,234 of 1,234");
        assertThat(mill.get("/status").statusCode()).isEqualTo(200);
        HttpResponse<String> health = mill.get("/actuator/health");
        assertThat(health.body()).contains("RUNNING 1234/1234").contains("ageSeconds");
        assertThat(mill.get("/actuator/health/readiness").statusCode()).isIn(200, 503);
      } finally {
        stalled.get().goOn();
      }
    }
  }

  private static EventLog stalling(Path directory, AtomicReference<StalledLog> made) {
    made.set(new StalledLog(TestMill.embedded(directory)));
    return made.get();
  }
}
