// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.event;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Takes events without making a request wait for the log. Events wait in a bounded buffer; those that the log does
 * not take, or for which the buffer has no room, are written to files and appended when the log is back.
 */
public final class EventJournal implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EventJournal.class);
  private static final int ROOM = 8_192;
  private static final int BATCH = 512;
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final EventLog log;
  private final EventSpool spool;
  private final Duration patience;
  private final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(ROOM);
  private final Thread writer;
  private volatile boolean closing;
  private volatile @Nullable String failure;

  /**
   * Opens a journal; events that an earlier process left behind are appended first.
   *
   * @param spoolDirectory where events are kept while the log is away
   * @param patience how long the log may take to acknowledge
   */
  public EventJournal(EventLog log, Path spoolDirectory, Duration patience) {
    this.log = log;
    this.spool = new EventSpool(spoolDirectory);
    this.patience = patience;
    this.writer = Thread.ofPlatform().name("event-journal").daemon().start(this::run);
  }

  /** Takes an event; never waits for the log. */
  public void append(Event event) {
    if (closing || !queue.offer(event)) {
      spool.add(List.of(event));
    }
  }

  /**
   * Appends events and waits until the log has them.
   *
   * @throws io.millrace.core.log.EventLogUnavailable when it did not take all of them in time
   */
  public void appendNow(List<Event> events) {
    Acknowledgement.await(events.stream().map(this::send).toList(), patience);
  }

  /** Returns how many events wait in memory. */
  public int queued() {
    return queue.size();
  }

  /** Returns how many events wait in files. */
  public long spooled() {
    return spool.waiting();
  }

  /** Returns why the log does not take events, or null when it does. */
  public @Nullable String failure() {
    return failure;
  }

  /** Gives what waits to the log, or to the spool if the log does not take it. */
  @Override
  public void close() {
    closing = true;
    writer.interrupt();
    try {
      writer.join(patience.plusSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closing) {
      try {
        if (spool.waiting() > 0) {
          replay();
        }
        Event first = queue.poll(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
          write(first);
        }
      } catch (InterruptedException e) {
        break;
      } catch (RuntimeException e) {
        LOG.error("the event journal goes on after: {}", e.toString(), e);
        if (!pause()) {
          break;
        }
      }
    }
    List<Event> rest = new ArrayList<>();
    queue.drainTo(rest);
    if (!rest.isEmpty()) {
      writeOrSpool(rest);
    }
  }

  /** Waits before the next attempt; returns false when the journal is being closed. */
  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(RETRY.toMillis());
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** Writes events to the spool; those that it cannot take wait in memory again. */
  private void keep(List<Event> events) {
    try {
      spool.add(events);
    } catch (RuntimeException e) {
      long lost = events.stream().filter(event -> !queue.offer(event)).count();
      if (lost > 0 || closing) {
        LOG.error("{} events are lost: neither the log nor the spool takes them", closing ? events.size() : lost);
      }
      throw e;
    }
  }

  private void write(Event first) throws InterruptedException {
    List<Event> batch = new ArrayList<>();
    batch.add(first);
    queue.drainTo(batch, BATCH - 1);
    if (failure != null) {
      // Replaying found the log away a moment ago: keep the order, do not wait again for each batch.
      keep(batch);
      TimeUnit.MILLISECONDS.sleep(RETRY.toMillis());
    } else {
      writeOrSpool(batch);
    }
  }

  private void writeOrSpool(List<Event> batch) {
    List<CompletableFuture<Position>> sent = batch.stream().map(this::send).toList();
    List<Event> refused = new ArrayList<>();
    long until = System.nanoTime() + patience.toNanos();
    for (int i = 0; i < sent.size(); i++) {
      String why = outcome(sent.get(i), until);
      if (why != null) {
        refused.add(batch.get(i));
        failed(why);
      }
    }
    if (!refused.isEmpty()) {
      keep(refused);
    }
  }

  private void replay() {
    for (Path file : spool.batches()) {
      List<Event> events = spool.read(file);
      for (int from = 0; from < events.size(); from += BATCH) {
        List<Event> chunk = events.subList(from, Math.min(events.size(), from + BATCH));
        // The first one alone asks whether the log is back, so that a missing log costs one wait, not a batch.
        if (from == 0 && !appended(chunk.subList(0, 1)) || !appended(chunk)) {
          return;
        }
      }
      spool.done(file, events.size());
    }
    if (failure != null) {
      LOG.info("the event log is back; all events that waited in files are in it");
    }
    failure = null;
  }

  private boolean appended(List<Event> events) {
    List<CompletableFuture<Position>> sent = events.stream().map(this::send).toList();
    long until = System.nanoTime() + patience.toNanos();
    for (CompletableFuture<Position> one : sent) {
      String why = outcome(one, until);
      if (why != null) {
        failed(why);
        return false;
      }
    }
    return true;
  }

  private void failed(String why) {
    if (failure == null) {
      LOG.warn("the event log does not take events, they wait in files: {}", why);
    }
    failure = why;
  }

  private CompletableFuture<Position> send(Event event) {
    try {
      return log.append(Topic.EVENTS, event.user(), Json.bytes(event));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Returns null when the record is durable, otherwise why not. */
  private static @Nullable String outcome(CompletableFuture<Position> sent, long until) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          sent.get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
          return null;
        } catch (InterruptedException e) {
          // Closing: what was sent is still waited for, within the patience.
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
    } catch (TimeoutException e) {
      return "no acknowledgement in time";
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
