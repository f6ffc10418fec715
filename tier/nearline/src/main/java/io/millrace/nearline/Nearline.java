// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.EventLog;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The running streaming tier. In this process it lives as long as this handle; on a cluster the jobs go on when the
 * handle is closed. A start continues where the last one stopped or was killed.
 */
public final class Nearline implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Nearline.class);

  private final EventLog log;
  private final List<Running> running;
  private final @Nullable LocalFlink flink;

  /** A submitted pipeline, wherever it runs. */
  private interface Running {
    String job();

    NearlineStatus.Pipeline status();

    void stop();
  }

  private Nearline(EventLog log, List<Running> running, @Nullable LocalFlink flink) {
    this.log = log;
    this.running = List.copyOf(running);
    this.flink = flink;
  }

  /**
   * Starts the pipelines.
   *
   * @param log that they read and write; it stays the caller's to close, after this
   * @throws IllegalStateException when Flink cannot start or refuses a job
   */
  public static Nearline start(EventLog log, NearlineSettings settings) {
    try {
      return settings.cluster().isEmpty() ? startHere(log, settings) : submit(log, settings);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while nearline was starting", e);
    } catch (Exception e) {
      throw new IllegalStateException(
          "nearline cannot start in " + settings.home() + ": " + (e.getMessage() == null ? e : e.getMessage()), e);
    }
  }

  /**
   * Returns how the pipelines are doing.
   *
   * @throws io.millrace.core.log.EventLogUnavailable when the log does not say how long its topics are
   */
  public NearlineStatus status() {
    return new NearlineStatus(running.stream().map(Running::status).toList());
  }

  /** Returns the identities of the jobs, in the order of the pipelines, for tools that speak with Flink. */
  public List<String> jobs() {
    return running.stream().map(Running::job).toList();
  }

  /** Stops what runs in this process, after a last checkpoint; on a cluster the jobs go on. */
  @Override
  public void close() {
    running.forEach(Running::stop);
    if (flink != null) {
      flink.close();
    }
    LOG.info("nearline of {} stopped", log.domain());
  }

  @Nullable LocalFlink flink() {
    return flink;
  }

  private static Nearline startHere(EventLog log, NearlineSettings settings) throws Exception {
    Path directory = settings.home().resolve("nearline").toAbsolutePath();
    List<Pipelines.Pipeline> pipelines = Pipelines.of(settings);
    LocalFlink flink =
        LocalFlink.start(directory, pipelines.size() * settings.parallelism(), settings.managedMegabytes());
    try {
      List<Running> running = new ArrayList<>();
      for (Pipelines.Pipeline pipeline : pipelines) {
        JobID job =
            flink.submit(
                pipeline.name(),
                Pipelines.configuration(pipeline, settings),
                configuration -> Pipelines.build(pipeline, log, configuration).getStreamGraph().getJobGraph());
        running.add(new Here(pipeline, log, flink, job));
      }
      return new Nearline(log, running, flink);
    } catch (Exception e) {
      flink.close();
      throw e;
    }
  }

  private static Nearline submit(EventLog log, NearlineSettings settings) throws Exception {
    List<Running> running = new ArrayList<>();
    for (Pipelines.Pipeline pipeline : Pipelines.of(settings)) {
      Configuration configuration = Pipelines.configuration(pipeline, settings);
      configuration.addAll(Configuration.fromMap(new LinkedHashMap<>(settings.cluster())));
      JobClient job = Pipelines.build(pipeline, log, configuration).executeAsync(pipeline.name());
      running.add(new There(pipeline, log, job));
    }
    return new Nearline(log, running, null);
  }

  private static long total(Pipelines.Pipeline pipeline, EventLog log) {
    return log.end(pipeline.topic()).values().stream().mapToLong(Long::longValue).sum();
  }

  private record Here(Pipelines.Pipeline pipeline, EventLog log, LocalFlink flink, JobID id) implements Running {
    @Override
    public String job() {
      return id.toHexString();
    }

    @Override
    public NearlineStatus.Pipeline status() {
      String name = pipeline.name();
      return new NearlineStatus.Pipeline(
          name, flink.state(id), flink.restarts(name), flink.done(name), total(pipeline, log));
    }

    @Override
    public void stop() {
      flink.stop(id);
    }
  }

  private record There(Pipelines.Pipeline pipeline, EventLog log, JobClient client) implements Running {
    private static final long PATIENCE_SECONDS = 10;

    @Override
    public String job() {
      return client.getJobID().toHexString();
    }

    @Override
    public NearlineStatus.Pipeline status() {
      // How far it is, the cluster's own metrics say: gauge "next" of each partition.
      return new NearlineStatus.Pipeline(pipeline.name(), state(), 0, 0, total(pipeline, log));
    }

    private String state() {
      try {
        return client.getJobStatus().get(PATIENCE_SECONDS, TimeUnit.SECONDS).name();
      } catch (ExecutionException | TimeoutException e) {
        return "UNKNOWN";
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return "UNKNOWN";
      }
    }

    @Override
    public void stop() {
      // The job belongs to the cluster.
    }
  }
}
