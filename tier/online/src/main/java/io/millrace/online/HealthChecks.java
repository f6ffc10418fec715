// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.memory.PassageIndex;
import io.millrace.online.model.ServedModels;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

import java.util.List;

/** What the health endpoint says. A part that is away degrades the gateway; only a missing index keeps users away. */
final class HealthChecks {

  private static final String DEGRADED = "DEGRADED";

  private HealthChecks() {}

  /**
   * Not ready until the index has once held all that the log did. Asks for nothing that may have to wait for the
   * broker: probes come often and give up soon.
   */
  static HealthIndicator index(GatewayStatus status) {
    return () -> {
      PassageIndex.Counts found = status.found();
      return (status.ready() ? Health.up() : Health.outOfService())
          .withDetail("documents", status.documents())
          .withDetail("passages", found.passages())
          .withDetail("passagesWithVectors", found.passagesWithVectors())
          .withDetail("lag", status.lag())
          .build();
    };
  }

  /** Without the log, answers go out and events wait in files; documents and clicks are refused for the time. */
  static HealthIndicator eventLog(GatewayStatus status) {
    return () ->
        status.logTrouble()
            .map(why -> Health.status(DEGRADED).withDetail("why", why))
            .orElseGet(Health::up)
            .build();
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
