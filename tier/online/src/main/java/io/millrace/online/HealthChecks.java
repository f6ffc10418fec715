// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.PassageIndex;
import io.millrace.online.model.ServedModels;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What the health endpoint says. A part that is away degrades the gateway; only a missing index keeps users away. */
final class HealthChecks {

  private static final String DEGRADED = "DEGRADED";

  /** Knowledge that is older than this may not be true any more. */
  static final Duration OLD = Duration.ofSeconds(30);

  private HealthChecks() {}

  /**
   * Not ready until the index has once held all that the log did. Asks for nothing that may have to wait for the
   * broker: probes come often and give up soon.
   */
  static HealthIndicator index(GatewayStatus status) {
    return () -> {
      PassageIndex.Counts found = status.found();
      Optional<String> trouble = status.memoryTrouble();
      Health.Builder health =
          trouble.map(why -> Health.status(DEGRADED).withDetail("why", why)).orElseGet(Health::up);
      return (status.ready() ? health : Health.outOfService())
          .withDetail("documents", status.documents())
          .withDetail("passages", found.passages())
          .withDetail("passagesWithVectors", found.passagesWithVectors())
          .withDetail("lag", status.lag())
          .build();
    };
  }

  /**
   * Without the log, answers go out and events wait in files; documents and clicks are refused for the time. Where the
   * files take nothing either, the events of answers are being lost: somebody has to act.
   */
  static HealthIndicator eventLog(GatewayStatus status) {
    return () ->
        status.losing()
            .map(why -> Health.down().withDetail("why", "events are being lost: " + why))
            .or(() -> status.logTrouble().map(why -> Health.status(DEGRADED).withDetail("why", why)))
            .orElseGet(Health::up)
            .build();
  }

  /** Without the jobs, what is put and clicked counts later. Says what was known last, and how long ago that was. */
  static HealthIndicator nearline(GatewayStatus status) {
    return () -> {
      LastKnown.Known<Map<String, NearlineStates.Job>> known = status.nearline();
      if (known.value().isEmpty()) {
        return Health.unknown().build();
      }
      boolean well = known.age().compareTo(OLD) < 0 && known.value().values().stream().allMatch(NearlineStates.Job::running);
      Health.Builder health = well ? Health.up() : Health.status(DEGRADED);
      new TreeMap<>(known.value())
          .forEach((name, job) -> health.withDetail(name, "%s %d/%d".formatted(job.state(), job.done(), job.total())));
      return health.withDetail("ageSeconds", known.age().toSeconds()).build();
    };
  }

  /** Without models, sources are quoted. */
  static HealthIndicator models(ServedModels models) {
    return () -> {
      List<String> problems = models.problems();
      Health.Builder health = problems.isEmpty() ? Health.up() : Health.status(DEGRADED).withDetail("problems", problems);
      return health
          .withDetail("serving", models.versions().stream().map(ArtifactVersion::reference).toList())
          .build();
    };
  }
}
