// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/** Flink inside this process: small, on the loopback address, with its files in one directory. */
final class LocalFlink implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LocalFlink.class);
  private static final long PATIENCE_SECONDS = 60;
  private static final long LAST_CHECKPOINT_SECONDS = 10;

  private final MiniCluster cluster;
  private final Path directory;
  private final String reporterId;

  private LocalFlink(MiniCluster cluster, Path directory, String reporterId) {
    this.cluster = cluster;
    this.directory = directory;
    this.reporterId = reporterId;
  }

  static LocalFlink start(Path directory, int slots, int managedMegabytes) throws Exception {
    Path scratch = directory.resolve("tmp");
    Checkpoints.deleteTree(scratch); // What a killed process has left there is of no use.
    Files.createDirectories(scratch);
    String reporterId = UUID.randomUUID().toString();
    Configuration all = new Configuration();
    all.set(CoreOptions.TMP_DIRS, scratch.toString());
    all.set(BlobServerOptions.STORAGE_DIRECTORY, scratch.toString());
    all.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(managedMegabytes));
    all.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32));
    all.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
    all.set(JobManagerOptions.BIND_HOST, "127.0.0.1");
    all.set(TaskManagerOptions.BIND_HOST, "127.0.0.1");
    all.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    all.set(RestOptions.ADDRESS, "127.0.0.1");
    all.set(RestOptions.BIND_PORT, "0");
    // One process: a missing heartbeat means that the machine is busy, not that somebody has died.
    all.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofMinutes(10));
    all.setString("state.backend.rocksdb.writebuffer.size", "4mb");
    all.setString("metrics.reporter.millrace.factory.class", StatusReporter.Factory.class.getName());
    all.setString("metrics.reporter.millrace." + StatusReporter.ID, reporterId);
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(all)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .setCommonBindAddress("127.0.0.1")
                .build());
    cluster.start();
    return new LocalFlink(cluster, directory, reporterId);
  }

  MiniCluster cluster() {
    return cluster;
  }

  /**
   * Submits a job so that it continues from its latest checkpoint. Where that cannot be read, for example after a
   * change of the job, it begins afresh: the log is the truth, and all views can be made from it again.
   *
   * @param graph makes the job's graph with a configuration
   */
  JobID submit(String name, Configuration configuration, Function<Configuration, JobGraph> graph) throws Exception {
    Path directoryOfJob = directory.resolve("checkpoints").resolve(name);
    Checkpoints checkpoints = new Checkpoints(directoryOfJob);
    checkpoints.clearLeftovers();
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directoryOfJob.toUri().toString());
    Path latest = checkpoints.latest().orElse(null);
    if (latest != null) {
      Configuration restoring = new Configuration(configuration);
      restoring.set(StateRecoveryOptions.SAVEPOINT_PATH, latest.toUri().toString());
      restoring.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
      JobID job = cluster.submitJob(graph.apply(restoring)).get(PATIENCE_SECONDS, TimeUnit.SECONDS).getJobID();
      if (begins(job)) {
        LOG.info("{} continues from {}", name, latest);
        return job;
      }
      LOG.warn("{} cannot continue from {}: it begins afresh and makes its views again", name, latest);
      Checkpoints.deleteTree(directoryOfJob);
    }
    JobID job = cluster.submitJob(graph.apply(configuration)).get(PATIENCE_SECONDS, TimeUnit.SECONDS).getJobID();
    if (!begins(job)) {
      throw new IllegalStateException("the job " + name + " does not start: " + failure(job));
    }
    return job;
  }

  /** Returns the names of the pipelines that have checkpoints here. */
  List<String> known() throws IOException {
    Path all = directory.resolve("checkpoints");
    if (!Files.isDirectory(all)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(all)) {
      return list.map(path -> path.getFileName().toString()).toList();
    }
  }

  /** Forgets how far a pipeline was, which must not be running: it begins afresh when it is submitted again. */
  void forget(String name) throws IOException {
    Checkpoints.deleteTree(directory.resolve("checkpoints").resolve(name));
  }

  String state(JobID job) {
    try {
      return cluster.getJobStatus(job).get(PATIENCE_SECONDS, TimeUnit.SECONDS).name();
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      return "UNKNOWN";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "UNKNOWN";
    }
  }

  long done(String job) {
    StatusReporter reporter = StatusReporter.of(reporterId);
    return reporter == null ? 0 : reporter.done(job);
  }

  long restarts(String job) {
    StatusReporter reporter = StatusReporter.of(reporterId);
    return reporter == null ? 0 : reporter.restarts(job);
  }

  /** Takes a last checkpoint, so that the next start has nothing to go through again, and stops the job. */
  void stop(JobID job) {
    try {
      cluster.triggerCheckpoint(job, CheckpointType.CONFIGURED).get(LAST_CHECKPOINT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      LOG.debug("no last checkpoint of {}: {}", job, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      cluster.cancelJob(job).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      cluster.requestJobResult(job).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      LOG.warn("the job {} did not stop in order: {}", job, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      cluster.closeAsync().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      Checkpoints.deleteTree(directory.resolve("tmp"));
    } catch (ExecutionException | TimeoutException | IOException e) {
      LOG.warn("Flink did not stop in order: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until a job has either taken up its state or refused it. */
  private boolean begins(JobID job) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < end) {
      JobStatus status = cluster.getJobStatus(job).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (status.isTerminalState()) {
        return false;
      }
      if (status != JobStatus.INITIALIZING && status != JobStatus.CREATED) {
        return true;
      }
      TimeUnit.MILLISECONDS.sleep(10); // Flink offers no event for this.
    }
    return false;
  }

  private String failure(JobID job) throws Exception {
    return cluster
        .requestJobResult(job)
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .getSerializedThrowable()
        .map(Throwable::toString)
        .orElse("no reason given");
  }
}
