// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.memory.DocumentView;
import io.millrace.memory.Growth;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.learning.WeightLearning;
import io.millrace.online.answer.AnswerPipeline;
import io.millrace.online.answer.Workers;
import io.millrace.online.event.EventFeed;
import io.millrace.online.event.EventJournal;
import io.millrace.online.model.ServedModels;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** How the gateway is, for the status page, the health endpoints and the metrics. Nothing here waits for the log. */
public final class GatewayStatus implements AutoCloseable {

  private static final Duration PERIOD = Duration.ofMillis(200);
  private static final Duration NEARLINE_PERIOD = Duration.ofSeconds(2);

  private final Instant started = Instant.now();
  private final GatewaySettings settings;
  private final DocumentView documents;
  private final IndexGenerations index;
  private final ServedModels models;
  private final EventJournal journal;
  private final EventFeed feed;
  private final Workers workers;
  private final AnswerPipeline pipeline;
  private final Growth growth;
  private final WeightLearning learning;
  private final SnapshotSchedule snapshots;
  private final LastKnown<Map<String, NearlineStates.Job>> nearline;
  private final Thread watcher;
  private volatile boolean ready;

  GatewayStatus(
      GatewaySettings settings,
      DocumentView documents,
      IndexGenerations index,
      ServedModels models,
      EventJournal journal,
      EventFeed feed,
      Workers workers,
      AnswerPipeline pipeline,
      Growth growth,
      WeightLearning learning,
      SnapshotSchedule snapshots,
      NearlineStates nearline) {
    this.settings = settings;
    this.documents = documents;
    this.index = index;
    this.models = models;
    this.journal = journal;
    this.feed = feed;
    this.workers = workers;
    this.pipeline = pipeline;
    this.growth = growth;
    this.learning = learning;
    this.snapshots = snapshots;
    this.nearline = new LastKnown<>("nearline", Map.of(), NEARLINE_PERIOD, nearline);
    this.watcher = Thread.ofVirtual().name("readiness").start(this::awaitReadiness);
  }

  /**
   * How it is at one moment.
   *
   * @param domain its name
   * @param started when the gateway did
   * @param uptime since then
   * @param documents how many are known
   * @param index what can be found
   * @param lag records of the log that are not applied yet: passages and embeddings, and documents
   * @param caughtUp whether all that was in the log at the last look can be found
   * @param models versions in use
   * @param nearline states of the jobs in this process, by name, as they were when they were last known
   * @param queuedEvents that wait in memory for the log
   * @param spooledEvents that wait in files for the log
   * @param events seen since the start, by type
   * @param waitingWork pieces of work that wait for a processor
   * @param freePlaces questions that could be taken on now
   * @param troubles what is not as it should be, for people; empty when all is well
   */
  public record Snapshot(
      String domain,
      Instant started,
      Duration uptime,
      int documents,
      PassageIndex.Counts index,
      long lag,
      boolean caughtUp,
      List<ArtifactVersion> models,
      LastKnown.Known<Map<String, NearlineStates.Job>> nearline,
      int queuedEvents,
      long spooledEvents,
      Map<String, Long> events,
      int waitingWork,
      int freePlaces,
      List<String> troubles) {}

  /** Looks at everything now. */
  public Snapshot snapshot() {
    return new Snapshot(
        settings.domain().name(),
        started,
        Duration.between(started, Instant.now()),
        documents.size(),
        index.counts(),
        lag(),
        caughtUp(),
        models.versions(),
        nearline.get(),
        journal.queued(),
        journal.spooled(),
        feed.totals(),
        workers.waiting(),
        pipeline.freePlaces(),
        troubles());
  }

  /** Returns how many documents are known. */
  public int documents() {
    return documents.size();
  }

  /** Returns what can be found. */
  public PassageIndex.Counts found() {
    return index.counts();
  }

  /** Returns how many records of the log are not applied yet. */
  public long lag() {
    return index.lag() + documents.lag();
  }

  /** Returns whether all that was in the log at the last look can be found. */
  public boolean caughtUp() {
    return index.caughtUp() && documents.caughtUp();
  }

  /** Returns how the nearline jobs in this process were when they last could be asked. */
  public LastKnown.Known<Map<String, NearlineStates.Job>> nearline() {
    return nearline.get();
  }

  /** Returns whether the index has once held all that the log did: from then on it can serve. */
  public boolean ready() {
    return ready;
  }

  @Override
  public void close() {
    watcher.interrupt();
    nearline.close();
  }

  private void awaitReadiness() {
    try {
      while (!caughtUp()) {
        Thread.sleep(PERIOD);
      }
      ready = true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns why the event log cannot be read or written, if so. */
  public Optional<String> logTrouble() {
    String failure = journal.failure();
    return failure != null
        ? Optional.of(failure)
        : Stream.of(index.trouble(), documents.trouble()).flatMap(Optional::stream).filter(GatewayStatus::isOfTheLog).findFirst();
  }

  /** Returns why the memory does not take in what is in the log, if that is not the log's doing: what it held before is found. */
  public Optional<String> memoryTrouble() {
    return index.trouble().filter(why -> !isOfTheLog(why)).map(why -> "search index: " + why)
        .or(() -> documents.trouble().filter(why -> !isOfTheLog(why)).map(why -> "documents: " + why));
  }

  /** Views say what stopped them by the exception's class. */
  private static boolean isOfTheLog(String trouble) {
    return trouble.startsWith(EventLogUnavailable.class.getName());
  }

  /** Returns why events are being lost, if so: neither the log nor the files take them. */
  public Optional<String> losing() {
    return Optional.ofNullable(journal.full());
  }

  /** Returns what is not as it should be. */
  public List<String> troubles() {
    List<String> troubles = new ArrayList<>(models.problems());
    logTrouble().ifPresent(why -> troubles.add("event log: " + why));
    if (journal.spooled() > 0) {
      troubles.add(journal.spooled() + " events wait in files until the event log takes them");
    }
    memoryTrouble().ifPresent(troubles::add);
    snapshots.trouble().ifPresent(why -> troubles.add("snapshots: " + why));
    growth.trouble().ifPresent(why -> troubles.add("memory: " + why));
    learning.trouble().ifPresent(why -> troubles.add("search: " + why));
    losing().ifPresent(why -> troubles.add("events are being lost: " + why));
    if (journal.lost() > 0) {
      troubles.add(journal.lost() + " events were lost since the start, since neither the event log nor files took them");
    }
    return troubles;
  }
}
