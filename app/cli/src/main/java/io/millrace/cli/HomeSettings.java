// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Yaml;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.nearline.Embedders;
import io.millrace.nearline.NearlineSettings;
import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The contents of {@code millrace.yaml} in a domain's home: what differs between a laptop and a cluster.
 *
 * @param gateway read by {@link io.millrace.online.GatewaySettings}
 * @param log where the event log is; null for a broker inside the process
 * @param nearline where the streaming jobs run; null for inside the process
 */
record HomeSettings(@Nullable Object gateway, @Nullable Log log, @Nullable Nearline nearline) {

  /**
   * An event log that runs elsewhere.
   *
   * @param bootstrapServers addresses of the brokers, as {@code host:port,host:port}
   * @param client further Kafka client properties, for example for TLS and SASL
   * @param replication copies of each record; 0 for the cluster's default
   */
  record Log(String bootstrapServers, @Nullable Map<String, String> client, int replication) {
    Log {
      if (bootstrapServers == null || bootstrapServers.isBlank()) {
        throw new IllegalArgumentException("log without bootstrapServers: give host:port, or leave log out");
      }
    }
  }

  /**
   * Streaming jobs that run elsewhere.
   *
   * @param cluster Flink configuration, for example {@code execution.target: remote}
   * @param parallelism subtasks of each operator; 0 for 1
   */
  record Nearline(@Nullable Map<String, String> cluster, int parallelism) {}

  /** Reads the file; without one, everything runs in this process. */
  static HomeSettings load(Path home) {
    Path file = home.resolve("millrace.yaml");
    return Files.isRegularFile(file) ? Yaml.read(file, HomeSettings.class) : new HomeSettings(null, null, null);
  }

  /** Returns which event log to open. */
  EventLogSettings eventLog(Place place) {
    if (log == null) {
      return EventLogSettings.embedded(place.pack().name(), place.home().resolve("log"));
    }
    Map<String, String> client = log.client() == null ? Map.of() : log.client();
    EventLogSettings external = EventLogSettings.external(place.pack().name(), log.bootstrapServers(), client);
    return new EventLogSettings(
        external.domain(), null, external.bootstrapServers(), external.client(), 0, log.replication(), external.patience());
  }

  /** Returns how the streaming jobs run. */
  NearlineSettings nearline(Place place, Embedders embedders) {
    NearlineSettings settings = NearlineSettings.embedded(place.home(), embedders);
    if (nearline == null || nearline.cluster() == null || nearline.cluster().isEmpty()) {
      return settings;
    }
    return settings.withCluster(nearline.cluster(), Math.max(1, nearline.parallelism()));
  }
}
