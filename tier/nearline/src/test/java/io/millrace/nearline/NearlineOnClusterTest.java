// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class NearlineOnClusterTest {

  @TempDir Path home;

  @Test
  void submitsTheSameJobsToAClusterByConfiguration() throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    MiniClusterConfiguration size =
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration)
            .setNumTaskManagers(2)
            .setNumSlotsPerTaskManager(2)
            .build();
    try (MiniCluster cluster = new MiniCluster(size);
        EventLog log = EventLogs.open(EventLogSettings.embedded("test", home.resolve("log")))) {
      cluster.start();
      URI rest = cluster.getRestAddress().get();
      Map<String, String> flink =
          Map.of(
              "execution.target", "remote",
              "rest.address", rest.getHost(),
              "rest.port", Integer.toString(rest.getPort()),
              "execution.checkpointing.dir", home.resolve("checkpoints").toUri().toString());
      try (Nearline nearline =
              Nearline.start(log, NearlineSettings.embedded(home, null).withCluster(flink, 2));
          Views passages = new Views(log, Topic.PASSAGES)) {
        Samples.put(log, Samples.document("lib/Far", "api", "On a cluster."));
        Awaitility.await().atMost(Duration.ofMinutes(4)).until(() -> passages.refresh().has("lib/Far"));
        Awaitility.await().atMost(Duration.ofMinutes(4)).until(() -> nearline.status().running());
      }
      assertThat(cluster.listJobs().get()).hasSize(2).allMatch(job -> !job.getJobState().isTerminalState());
    }
  }
}
