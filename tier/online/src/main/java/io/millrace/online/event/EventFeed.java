// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.event;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The last few thousand events of the log, of all gateways, with counts per second. It follows the log by itself, so
 * what it shows is what the log has.
 */
public final class EventFeed implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
  private static final int KEPT = 4_000;
  private static final int SECONDS_KEPT = 600;
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final EventLog log;
  private final Thread follower;
  private final List<Consumer<Event>> listeners = new CopyOnWriteArrayList<>();
  // Guarded by this.
  private final Deque<Event> tail = new ArrayDeque<>();
  // Guarded by this: second since the epoch → type → count.
  private final TreeMap<Long, Map<String, Integer>> seconds = new TreeMap<>();
  // Guarded by this.
  private final Map<String, Long> totals = new TreeMap<>();
  private volatile boolean closed;
  private volatile @Nullable LogReader reader;

  /** Begins to follow the log, a few thousand events before its end. */
  public EventFeed(EventLog log) {
    this.log = log;
    this.follower = Thread.ofPlatform().name("event-feed").daemon().start(this::run);
  }

  /** Returns up to so many of the latest events, latest first. */
  public List<Event> recent(int limit) {
    return recent(limit, event -> true);
  }

  /** Returns up to so many of the latest events that are wanted, latest first. */
  public synchronized List<Event> recent(int limit, Predicate<Event> wanted) {
    List<Event> found = new ArrayList<>();
    for (Iterator<Event> back = tail.descendingIterator(); back.hasNext() && found.size() < limit; ) {
      Event event = back.next();
      if (wanted.test(event)) {
        found.add(event);
      }
    }
    return found;
  }

  /**
   * Returns counts by type for each of the last seconds, oldest first; the running second is left out.
   *
   * @param span how many seconds, at most 600
   */
  public synchronized List<Second> perSecond(int span) {
    long now = Instant.now().getEpochSecond();
    List<Second> counts = new ArrayList<>();
    for (long second = now - Math.min(span, SECONDS_KEPT); second < now; second++) {
      counts.add(new Second(second, Map.copyOf(seconds.getOrDefault(second, Map.of()))));
    }
    return counts;
  }

  /** Returns how many events of each type were seen since this gateway started, those of the tail included. */
  public synchronized Map<String, Long> totals() {
    return new LinkedHashMap<>(totals);
  }

  /** Calls a listener for each event from now on, on the follower's thread: it must not block. */
  public AutoCloseable subscribe(Consumer<Event> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Returns the name of an event's type, as in its JSON. */
  public static String type(Event event) {
    return event.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() {
    closed = true;
    LogReader open = reader;
    if (open != null) {
      open.close();
    }
    follower.interrupt();
    try {
      follower.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Map<Integer, Long> from = null;
    while (!closed) {
      try {
        if (from == null) {
          from = beforeEnd();
        }
        try (LogReader open = log.reader(Topic.EVENTS, from)) {
          reader = open;
          while (!closed) {
            open.poll(RETRY).forEach(this::take);
            from = open.position();
          }
        }
      } catch (EventLogUnavailable e) {
        LOG.debug("the event feed waits for the log: {}", e.getMessage());
        pause();
      } catch (RuntimeException e) {
        if (!closed) {
          LOG.warn("the event feed begins again after: {}", e.toString());
          pause();
        }
      }
    }
  }

  private Map<Integer, Long> beforeEnd() {
    Map<Integer, Long> from = new HashMap<>();
    Map<Integer, Long> end = log.end(Topic.EVENTS);
    end.forEach((partition, offset) -> from.put(partition, Math.max(0, offset - KEPT / Math.max(1, end.size()))));
    return from;
  }

  private void take(LogRecord record) {
    if (record.value() == null) {
      return;
    }
    Event event;
    try {
      event = Json.read(record.value(), Event.class);
    } catch (IllegalArgumentException e) {
      LOG.debug("not an event at {}: {}", record.position(), e.getMessage());
      return;
    }
    synchronized (this) {
      tail.addLast(event);
      if (tail.size() > KEPT) {
        tail.removeFirst();
      }
      seconds.computeIfAbsent(event.at().getEpochSecond(), s -> new TreeMap<>()).merge(type(event), 1, Integer::sum);
      while (seconds.size() > SECONDS_KEPT) {
        seconds.pollFirstEntry();
      }
      totals.merge(type(event), 1L, Long::sum);
    }
    listeners.forEach(listener -> listener.accept(event));
  }

  private void pause() {
    try {
      Thread.sleep(RETRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  /**
   * What happened within a second.
   *
   * @param epochSecond which
   * @param counts by event type
   */
  public record Second(long epochSecond, Map<String, Integer> counts) {}
}
