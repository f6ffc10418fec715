// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.registry.DurableFiles;
import io.millrace.memory.DocumentView;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.snapshot.SnapshotTaker;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Takes a snapshot of the memory every so many hours, once its views have caught up, and lets old ones go. Restarts do not put it off: what counts
 * is when the latest one was taken.
 */
final class SnapshotSchedule implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotSchedule.class);
  private static final Duration LOOKS = Duration.ofMinutes(1);

  /** A snapshot in the making is finished, or its process ends without it. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final SnapshotPlan plan;
  private final SnapshotTaker taker;
  private final IndexGenerations index;
  private final DocumentView documents;
  private final InstantSource clock;
  private volatile @Nullable String trouble;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("memory-snapshots").factory());

  SnapshotSchedule(
      SnapshotPlan plan, SnapshotTaker taker, IndexGenerations index, DocumentView documents, InstantSource clock) {
    this.plan = plan;
    this.taker = taker;
    this.index = index;
    this.documents = documents;
    this.clock = clock;
    if (plan.hours() > 0) {
      timer.scheduleWithFixedDelay(this::look, LOOKS.toSeconds(), LOOKS.toSeconds(), TimeUnit.SECONDS);
    }
  }

  /** Takes a snapshot if one is due; a failure is tried again at the next look. */
  void look() {
    try {
      Optional<Instant> latest = taker.latestScheduled();
      boolean due = latest.isEmpty() || !latest.get().plus(Duration.ofHours(plan.hours())).isAfter(clock.instant());
      // While records never cease to come, the views are hardly ever found to have caught up: a snapshot does not need that.
      boolean overdue = latest.isPresent() && !latest.get().plus(Duration.ofHours(plan.hours() + 1L)).isAfter(clock.instant());
      if (due && (overdue || index.caughtUp() && documents.caughtUp())) {
        taker.take(null, true);
        taker.keep(plan.keep());
      }
      trouble = null;
    } catch (IOException | RuntimeException e) {
      String remedy = DurableFiles.diskFull(e) ? "; free some space on that disk" : "";
      trouble = "the scheduled one failed and is tried again every " + LOOKS.toSeconds() + " s: " + e + remedy;
      LOG.warn("snapshots of the memory: {}", trouble);
    }
  }

  /** Returns why the latest scheduled snapshot is not there; empty when all is well. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      if (!timer.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("a snapshot of the memory was not finished within {} s; the next start removes what there is of it", PATIENCE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
