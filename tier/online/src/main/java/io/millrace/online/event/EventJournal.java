// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.event;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.UncheckedIOException;
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
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes events without making a request wait for the log. Events wait in a bounded buffer; those that the log does
 * not take, or for which the buffer has no room, are written to files and appended when the log is back. Where the
 * files take nothing either, for example because the disk is full, events of answers are lost, which is counted and
 * said; what a client wants acknowledged is refused before that.
 */
public final class EventJournal implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EventJournal.class);
  private static final int ROOM = 8_192;
  private static final int BATCH = 512;
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Duration BETWEEN_COMPLAINTS = Duration.ofMinutes(1);

  private final EventLog log;
  private final EventSpool spool;
  private final Duration patience;
  private final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(ROOM);
  private final Thread writer;
  private volatile boolean closing;
  private volatile @Nullable String failure;
  // Why the spool took nothing the last time that something was given to it.
  private volatile @Nullable String full;
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong complainedAt = new AtomicLong(System.nanoTime() - BETWEEN_COMPLAINTS.toNanos());

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

  /**
   * Takes an event; never waits for the log, and never fails: an answer is worth more than the record of it. An event
   * for which there is no room anywhere is lost, and counted.
   */
  public void append(Event event) {
    if (closing || !queue.offer(event)) {
      spool(List.of(event));
    }
  }

  /**
   * Asks whether there is room, before a client's request is taken on that is to be acknowledged.
   *
   * @throws EventLogUnavailable when neither the log nor the spool takes anything now
   */
  public void requireRoom() {
    String why = full;
    if (why != null) {
      throw new EventLogUnavailable("neither the event log nor the spool takes events: " + why);
    }
  }

  /**
   * Appends events and waits until the log has them.
   *
   * @throws EventLogUnavailable when it did not take all of them in time
   */
  public void appendNow(List<Event> events) {
    Acknowledgement.await(send(events), patience);
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

  /** Returns why the spool takes nothing either, or null when it does. */
  public @Nullable String full() {
    return full;
  }

  /** Returns how many events were lost since the start; none of them was acknowledged to anybody. */
  public long lost() {
    return lost.get();
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
    // What came in after the writer had looked for the last time.
    List<Event> late = new ArrayList<>();
    queue.drainTo(late);
    if (!late.isEmpty()) {
      spool(late);
    }
  }

  private void run() {
    while (!closing) {
      try {
        boolean away = !replayed();
        Event first = queue.poll(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
          write(first, away);
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
    if (!spooled(events)) {
      lose(closing ? events.size() : events.stream().filter(event -> !queue.offer(event)).count());
    }
  }

  /** Writes events to the spool or loses them. */
  private void spool(List<Event> events) {
    if (!spooled(events)) {
      lose(events.size());
    }
  }

  private boolean spooled(List<Event> events) {
    try {
      spool.add(events);
      full = null;
      return true;
    } catch (RuntimeException e) {
      full = String.valueOf(e.getMessage());
      return false;
    }
  }

  private void lose(long count) {
    if (count == 0) {
      return;
    }
    long all = lost.addAndGet(count);
    if (mayComplain()) {
      LOG.error("{} events are lost so far, since neither the event log nor the spool takes them: {}", all, full);
    }
  }

  private boolean mayComplain() {
    long last = complainedAt.get();
    long now = System.nanoTime();
    return now - last >= BETWEEN_COMPLAINTS.toNanos() && complainedAt.compareAndSet(last, now);
  }

  private void write(Event first, boolean away) throws InterruptedException {
    List<Event> batch = new ArrayList<>();
    batch.add(first);
    queue.drainTo(batch, BATCH - 1);
    if (away) {
      // Replaying found the log away a moment ago: keep the order, do not wait again for each batch.
      keep(batch);
    } else {
      writeOrSpool(batch);
    }
    if (failure != null) {
      TimeUnit.MILLISECONDS.sleep(RETRY.toMillis());
    }
  }

  private void writeOrSpool(List<Event> batch) {
    List<CompletableFuture<Position>> sent = send(batch);
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
    } else {
      recovered();
    }
  }

  /** Appends what waits in files; returns whether the log took it all. A file that cannot be read holds up nothing. */
  private boolean replayed() {
    if (spool.waiting() == 0) {
      return true;
    }
    try {
      for (Path file : spool.batches()) {
        List<Event> events = spool.read(file);
        for (int from = 0; from < events.size(); from += BATCH) {
          List<Event> chunk = events.subList(from, Math.min(events.size(), from + BATCH));
          // The first one alone asks whether the log is back, so that a missing log costs one wait, not a batch.
          if (from == 0 && !appended(chunk.subList(0, 1)) || !appended(chunk)) {
            return false;
          }
        }
        spool.done(file, events.size());
      }
      recovered();
    } catch (UncheckedIOException e) {
      if (mayComplain()) {
        LOG.error("events that wait in files cannot be read back for now: {}", e.getMessage());
      }
    }
    return true;
  }

  private void recovered() {
    if (failure != null) {
      LOG.info("the event log takes events again");
    }
    failure = null;
    full = null;
  }

  private boolean appended(List<Event> events) {
    List<CompletableFuture<Position>> sent = send(events);
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

  /** Sends events; after one that the log refused at once, which may have taken its whole patience, no other is tried. */
  private List<CompletableFuture<Position>> send(List<Event> events) {
    List<CompletableFuture<Position>> sent = new ArrayList<>();
    for (Event event : events) {
      boolean refused = !sent.isEmpty() && sent.getLast().isCompletedExceptionally();
      sent.add(refused ? sent.getLast() : send(event));
    }
    return sent;
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
