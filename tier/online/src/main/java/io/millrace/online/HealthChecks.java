// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.registry.ArtifactVersion;
import io.millrace.online.model.ServedModels;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

import java.util.List;

/** What the health endpoint says. A part that is away degrades the gateway; only a missing index keeps users away. */
final class HealthChecks {

  private static final String DEGRADED = "DEGRADED";

  private HealthChecks() {}

  /** Not ready until the index has once held all that the log did. */
  static HealthIndicator index(GatewayStatus status) {
    return () -> {
      GatewayStatus.Snapshot now = status.snapshot();
      return (status.ready() ? Health.up() : Health.outOfService())
          .withDetail("documents", now.documents())
          .withDetail("passages", now.index().passages())
          .withDetail("passagesWithVectors", now.index().passagesWithVectors())
          .withDetail("lag", now.lag())
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
