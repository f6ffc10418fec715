// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogScan;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.Topic;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The running streaming tier. In this process it lives as long as this handle; on a cluster the jobs go on when the
 * handle is closed. A start continues where the last one stopped or was killed.
 */
public final class Nearline implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Nearline.class);

  /** Room for a change of models in each language: two tuned ones at a time, in two lanes. */
  private static final int SPARE = 8;

  private final EventLog log;
  private final NearlineSettings settings;
  private final @Nullable LocalFlink flink;

  /** In the order in which they are shown; replaced as a whole. */
  private volatile List<Running> running = List.of();

  /** What does not embed. Guarded by this. */
  private final List<Running> others = new ArrayList<>();

  /** What embeds, by what its model puts behind keys. Guarded by this. */
  private final Map<String, List<Running>> embedding = new TreeMap<>();

  /** A submitted pipeline, wherever it runs. */
  private interface Running {
    String job();

    NearlineStatus.Pipeline status();

    /** Stops it for now, if it belongs to this process. */
    void stop();

    /** Stops it for good. */
    void end();
  }

  private Nearline(EventLog log, NearlineSettings settings, @Nullable LocalFlink flink) {
    this.log = log;
    this.settings = settings;
    this.flink = flink;
  }

  /** Starts the pipelines, with the pretrained models. */
  public static Nearline start(EventLog log, NearlineSettings settings) {
    return start(log, settings, EmbeddingModels.PRETRAINED);
  }

  /**
   * Starts the pipelines.
   *
   * @param log that they read and write; it stays the caller's to close, after this
   * @param models that passages are embedded by, where they are
   * @throws IllegalStateException when Flink cannot start or refuses a job
   */
  public static Nearline start(EventLog log, NearlineSettings settings, EmbeddingModels models) {
    try {
      return begin(log, settings, models);
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

  /**
   * Embeds by these models from now on. A model that is new goes through all documents. One that is not among them is given
   * up: its embeddings are deleted from the log.
   *
   * @throws IllegalStateException when Flink refuses a job
   * @throws io.millrace.core.log.EventLogUnavailable when the log does not answer; to be tried again
   */
  public synchronized void embed(EmbeddingModels models) {
    Embedders pretrained = settings.embedders();
    if (pretrained == null) {
      return;
    }
    Map<String, List<Pipelines.Pipeline>> wanted = new TreeMap<>();
    if (models.pretrained()) {
      wanted.put("", Pipelines.pretrained(pretrained));
    }
    models.tuned().forEach(tuned -> wanted.put(tuned.suffix(), Pipelines.tuned(tuned)));
    try {
      for (Map.Entry<String, List<Pipelines.Pipeline>> each : wanted.entrySet()) {
        if (!embedding.containsKey(each.getKey())) {
          List<Running> started = new ArrayList<>();
          for (Pipelines.Pipeline pipeline : each.getValue()) {
            started.add(run(pipeline));
          }
          embedding.put(each.getKey(), started);
          show();
        }
      }
      for (String suffix : suffixes()) {
        if (!wanted.containsKey(suffix)) {
          giveUp(suffix);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while models were changed", e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("the pipelines of embeddings cannot be changed: " + e.getMessage(), e);
    }
  }

  /** The models that are embedded by, and those that an earlier process was about to give up. */
  private Set<String> suffixes() throws IOException {
    Set<String> all = new TreeSet<>(embedding.keySet());
    if (flink != null) {
      for (String name : flink.known()) {
        if (name.startsWith("vectors-")) {
          int at = name.indexOf('@');
          all.add(at < 0 ? "" : name.substring(at));
        }
      }
    }
    return all;
  }

  private void giveUp(String suffix) throws IOException {
    embedding.getOrDefault(suffix, List.of()).forEach(Running::end);
    embedding.remove(suffix);
    show();
    int deleted = deleteEmbeddings(suffix);
    // Only now: a process that dies before it finds by these that there is something left to delete.
    if (flink != null) {
      for (String name : Pipelines.names(suffix)) {
        flink.forget(name);
      }
    }
    LOG.info("embeddings of {} documents by {} were deleted: they are no longer needed", deleted, suffix.isEmpty() ? "the pretrained models" : suffix);
  }

  private int deleteEmbeddings(String suffix) {
    Set<String> keys = new HashSet<>();
    LogScan.read(
        log, Topic.VECTORS, Map.of(), () -> {},
        record -> {
          byte[] value = record.value();
          if (value == null) {
            keys.remove(record.key());
          } else if (record.key().endsWith(suffix) && record.key().equals(Json.read(value, PassageVectors.class).documentId() + suffix)) {
            keys.add(record.key());
          }
        });
    keys.stream().map(key -> log.append(Topic.VECTORS, key, null)).toList().forEach(CompletableFuture::join);
    return keys.size();
  }

  /** Stops what runs in this process, after a last checkpoint; on a cluster the jobs go on. */
  @Override
  public synchronized void close() {
    running.forEach(Running::stop);
    if (flink != null) {
      flink.close();
    }
    LOG.info("nearline of {} stopped", log.domain());
  }

  @Nullable LocalFlink flink() {
    return flink;
  }

  private static Nearline begin(EventLog log, NearlineSettings settings, EmbeddingModels models) throws Exception {
    LocalFlink flink = null;
    if (settings.cluster().isEmpty()) {
      Path directory = settings.home().resolve("nearline").toAbsolutePath();
      int usual = Pipelines.USUAL;
      // Each slot gets its share of the memory, whether it is used or not.
      flink =
          LocalFlink.start(
              directory, (usual + SPARE) * settings.parallelism(), settings.managedMegabytes() * (usual + SPARE) / usual);
    }
    Nearline nearline = new Nearline(log, settings, flink);
    try {
      synchronized (nearline) {
        for (Pipelines.Pipeline pipeline : Pipelines.besideEmbeddings()) {
          nearline.others.add(nearline.run(pipeline));
        }
        nearline.embed(models);
        nearline.show();
      }
      return nearline;
    } catch (Exception e) {
      if (flink != null) {
        flink.close();
      }
      throw e;
    }
  }

  /** Shows passages first, features last, and what embeds in between. */
  private void show() {
    List<Running> all = new ArrayList<>(others);
    int at = Math.min(1, all.size());
    for (List<Running> lanes : embedding.values()) {
      all.addAll(at, lanes);
      at += lanes.size();
    }
    running = List.copyOf(all);
  }

  private Running run(Pipelines.Pipeline pipeline) throws Exception {
    Configuration configuration = Pipelines.configuration(pipeline, settings);
    if (flink != null) {
      JobID job =
          flink.submit(
              pipeline.name(), configuration, all -> Pipelines.build(pipeline, log, all).getStreamGraph().getJobGraph());
      return new Here(pipeline, log, flink, job);
    }
    configuration.addAll(Configuration.fromMap(new LinkedHashMap<>(settings.cluster())));
    JobClient job = Pipelines.build(pipeline, log, configuration).executeAsync(pipeline.name());
    return new There(pipeline, log, job);
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

    @Override
    public void end() {
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

    @Override
    public void end() {
      try {
        client.cancel().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IllegalStateException("the job " + pipeline.name() + " cannot be cancelled on the cluster: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while " + pipeline.name() + " was cancelled", e);
      }
    }
  }
}
