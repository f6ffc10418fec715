// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Which event log to open. Exactly one of {@code directory} and {@code bootstrapServers} is given.
 *
 * @param domain prefix of the topics' names
 * @param directory home of a broker that is started in this process
 * @param bootstrapServers addresses of brokers that run elsewhere, as {@code host:port,host:port}
 * @param client further Kafka client properties, for example for TLS and SASL
 * @param port of the broker in this process; 0 for any free one
 * @param replication copies of each record on a cluster; 0 for the cluster's default
 * @param patience how long to wait for brokers that do not answer before giving up
 */
public record EventLogSettings(
    String domain,
    @Nullable Path directory,
    @Nullable String bootstrapServers,
    Map<String, String> client,
    int port,
    int replication,
    Duration patience) {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  public EventLogSettings {
    client = Map.copyOf(client);
    if ((directory == null) == (bootstrapServers == null)) {
      throw new IllegalArgumentException(
          "event log with directory " + directory + " and bootstrap servers " + bootstrapServers
              + ": give exactly one of them");
    }
    if (bootstrapServers != null && bootstrapServers.isBlank()) {
      throw new IllegalArgumentException("event log with blank bootstrap servers: give host:port");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("event log on port " + port + ": use 1 to 65535, or 0 for any free one");
    }
    if (patience.toMillis() < 100) {
      throw new IllegalArgumentException("event log with a patience of " + patience + ": use at least 100 ms");
    }
  }

  /** A broker in this process, on any free port. */
  public static EventLogSettings embedded(String domain, Path directory) {
    return new EventLogSettings(domain, directory, null, Map.of(), 0, 0, PATIENCE);
  }

  /** Brokers that run elsewhere. */
  public static EventLogSettings external(String domain, String bootstrapServers, Map<String, String> client) {
    return new EventLogSettings(domain, null, bootstrapServers, client, 0, 0, PATIENCE);
  }

  /** The same with another patience. */
  public EventLogSettings withPatience(Duration other) {
    return new EventLogSettings(domain, directory, bootstrapServers, client, port, replication, other);
  }

  /** The same with a fixed port for the broker in this process. */
  public EventLogSettings withPort(int other) {
    return new EventLogSettings(domain, directory, bootstrapServers, client, other, replication, patience);
  }
}
