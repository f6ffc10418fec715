// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import io.millrace.core.Causes;
import io.millrace.core.json.Json;
import io.millrace.core.registry.DurableFiles;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Keeps a view up to date on a thread of its own: reads topics from where the view's last commit left off, applies
 * each record, makes changes visible within about 0.1 s, and commits from time to time together with the positions
 * reached. Killed at any moment, it goes on from the last commit; whatever fails is tried again until it works.
 */
public final class LogFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);

  private static final Duration ROUND = Duration.ofMillis(100);
  /**
   * While changes keep coming; one that comes alone is shown at once. Each refresh makes segments that searches walk through and merges
   * write again.
   */
  private static final Duration BETWEEN_REFRESHES = Duration.ofMillis(300);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
  private static final Duration BETWEEN_COMMITS = Duration.ofSeconds(10);
  private static final Duration BACK_OFF = Duration.ofSeconds(1);

  /** The log forgets deletions of compacted topics after 30 days, so older views might never hear of them. */
  private static final Duration OLDEST_COMMIT = Duration.ofDays(20);

  /** A view to which nothing happens is committed now and then all the same, so that it does not grow old. */
  private static final Duration IDLE_COMMITS = Duration.ofHours(1);

  private static final String COMMITTED_AT = "at";

  private final String name;
  private final EventLog log;
  private final List<Topic> topics;
  private final LogView view;
  private final Thread thread;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicLong applied = new AtomicLong();
  private final AtomicLong skipped = new AtomicLong();

  /** Confined to the follower's thread. */
  private Map<Topic, LogReader> readers = Map.of();

  /** What the view stands for, while it is sound; confined to the follower's thread. */
  private @Nullable Map<String, String> reached;

  /** Whether the view has taken something in since it last failed; confined to the follower's thread. */
  private boolean sound = true;

  /** Completed once a commit was made that holds all that was applied when it was set. */
  private final AtomicReference<@Nullable CompletableFuture<Boolean>> commitAsked = new AtomicReference<>();

  private volatile long lag = Long.MAX_VALUE;
  private volatile boolean caughtUp;
  private volatile @Nullable String trouble;

  /**
   * Starts to follow.
   *
   * @param name of the view, for its thread and for messages
   * @param topics of which a later one is read when the earlier ones have nothing waiting
   */
  public LogFollower(String name, EventLog log, List<Topic> topics, LogView view) {
    this.name = name;
    this.log = log;
    this.topics = List.copyOf(topics);
    this.view = view;
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /** Returns whether all that was in the log at the last look is applied and visible. */
  public boolean caughtUp() {
    return caughtUp;
  }

  /** Returns how many offsets lay between the view and the end of the log at the last look. */
  public long lag() {
    return lag;
  }

  /** Returns how many records were applied since the start. */
  public long applied() {
    return applied.get();
  }

  /** Returns how many records made no sense and were set aside since the start. */
  public long skipped() {
    return skipped.get();
  }

  /** Returns what keeps the view from going on right now; empty when all is well. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  private void run() {
    while (running()) {
      try {
        follow();
      } catch (IOException | RuntimeException e) {
        if (running()) {
          trouble = reason(e);
          caughtUp = false;
          if (e instanceof EventLogUnavailable) {
            // The view itself is sound: it stays as it is, and searchable, until the log is back.
            LOG.debug("{} waits for the event log", name, e);
            pause();
          } else {
            LOG.warn("{} stumbled and starts again at its last commit: {}", name, reason(e));
            LOG.debug("{}", name, e);
            sound = false;
            recover();
          }
        }
      } finally {
        closeReaders();
      }
    }
  }

  private void pause() {
    try {
      stopped.await(BACK_OFF.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopped.countDown();
    }
  }

  private void recover() {
    reached = null;
    try {
      if (!stopped.await(BACK_OFF.toMillis(), TimeUnit.MILLISECONDS)) {
        view.reopen();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopped.countDown();
    } catch (IOException | RuntimeException e) {
      trouble = reason(e);
      LOG.warn("{} could not be reopened: {}", name, reason(e));
    }
  }

  /** Says what went wrong and what did first: an index that a full disk has closed says only that it is closed. */
  private static String reason(Exception failure) {
    Throwable first = Causes.first(failure);
    String said = failure.toString();
    String root = String.valueOf(first.getMessage());
    String all = said.contains(root) ? said : said + ", since " + first;
    return DurableFiles.diskFull(failure) ? all + "; free some space on that disk, and it goes on by itself" : all;
  }

  private void follow() throws IOException {
    openReaders();
    try {
      keepUp();
    } catch (EventLogUnavailable e) {
      // All that was handed out so far was applied: the view stays, and goes on from there when the log is back.
      view.refresh();
      commit();
      throw e;
    }
  }

  private void keepUp() throws IOException {
    boolean uncommitted = false;
    long lastCommit = System.nanoTime();
    look();
    long lastLook = System.nanoTime();
    long lastRefresh = System.nanoTime() - BETWEEN_REFRESHES.toNanos();
    int unseen = 0;
    while (running()) {
      int changes = round();
      unseen += changes;
      boolean refresh = unseen > 0 && (changes == 0 || System.nanoTime() - lastRefresh > BETWEEN_REFRESHES.toNanos());
      if (refresh) {
        view.refresh();
        view.refused().forEach((key, reason) -> setAside(key, reason, ""));
        lastRefresh = System.nanoTime();
        applied.addAndGet(unseen);
        unseen = 0;
        uncommitted = true;
      }
      if (refresh || unseen == 0 && System.nanoTime() - lastLook > BETWEEN_LOOKS.toNanos()) {
        look();
        lastLook = System.nanoTime();
      }
      long since = System.nanoTime() - lastCommit;
      boolean due = (uncommitted && since > BETWEEN_COMMITS.toNanos()) || (caughtUp() && since > IDLE_COMMITS.toNanos());
      if (commitIfAsked()) {
        uncommitted = false;
        lastCommit = System.nanoTime();
      } else if (due) {
        commit();
        uncommitted = false;
        lastCommit = System.nanoTime();
      }
    }
    if (uncommitted || unseen > 0) {
      commit();
    }
  }

  /** Polls each topic once, the later ones only when the earlier ones are drained; returns the records applied. */
  private int round() throws IOException {
    int changes = 0;
    for (Topic topic : topics) {
      LogReader reader = reader(topic);
      Duration patience = changes > 0 ? Duration.ZERO : ROUND.dividedBy(topics.size());
      for (LogRecord record : reader.poll(patience)) {
        apply(topic, record);
        changes++;
      }
      if (changes > 0 && reader.lag() > 0) {
        break;
      }
    }
    return changes;
  }

  private void apply(Topic topic, LogRecord record) throws IOException {
    try {
      view.apply(topic, record);
    } catch (IllegalArgumentException e) {
      LOG.warn("{} set aside {} {}: {}", name, topic.suffix(), record.position(), e.getMessage());
      byte[] value = record.value();
      String excerpt = value == null ? "" : new String(value, StandardCharsets.UTF_8);
      setAside(topic.name(log.domain()) + " " + record.position(), String.valueOf(e.getMessage()), excerpt);
    }
  }

  private void setAside(String what, String reason, String excerpt) {
    skipped.incrementAndGet();
    String source = name + ": " + what;
    log.append(Topic.DEAD_LETTERS, source, Json.bytes(new DeadLetter(source, reason, excerpt, Instant.now())));
  }

  private void look() {
    long behind = 0;
    for (Topic topic : topics) {
      behind += reader(topic).lag();
    }
    lag = behind;
    caughtUp = behind == 0;
    // That the log answers says nothing of a view that could not write a moment ago and still has to.
    if (sound || caughtUp) {
      trouble = null;
    }
  }

  private LogReader reader(Topic topic) {
    LogReader reader = readers.get(topic);
    if (reader == null) {
      throw new IllegalStateException("no reader of " + topic.suffix());
    }
    return reader;
  }

  private void openReaders() throws IOException {
    Map<String, String> facts = reached != null ? reached : view.committed();
    Optional<String> reason = facts.isEmpty() ? Optional.of("it is new") : reasonToStartOver(log, topics, facts);
    if (reason.isPresent()) {
      LOG.info("{} is built from the beginning of the log: {}", name, reason.get());
      view.clear();
      facts = Map.of();
    }
    Map<Topic, LogReader> opened = new EnumMap<>(Topic.class);
    for (Topic topic : topics) {
      opened.put(topic, log.reader(topic, positions(facts, topic)));
    }
    readers = opened;
  }

  /**
   * Returns why a view cannot go on from a commit, but has to be built from the beginning of the log; empty when it can.
   *
   * @param topics that the view is made of
   * @param facts of the commit
   * @throws EventLogUnavailable when the log does not answer
   */
  public static Optional<String> reasonToStartOver(EventLog log, List<Topic> topics, Map<String, String> facts) {
    Instant at = committedAt(facts);
    if (at.plus(OLDEST_COMMIT).isBefore(Instant.now())) {
      return Optional.of("its last commit is of " + at + ", so deletions may have been missed");
    }
    for (Topic topic : topics) {
      Map<Integer, Long> begin = log.begin(topic);
      Map<Integer, Long> end = log.end(topic);
      for (Map.Entry<Integer, Long> position : positions(facts, topic).entrySet()) {
        long reached = position.getValue();
        long ends = end.getOrDefault(position.getKey(), 0L);
        long begins = begin.getOrDefault(position.getKey(), 0L);
        if (reached > ends) {
          return Optional.of(
              "it knows offset " + reached + " of " + topic.suffix() + ", which ends at " + ends + ": " + (reached - ends)
                  + " records that it was made of are not in this log");
        }
        if (reached < begins) {
          return Optional.of("it knows " + topic.suffix() + " up to offset " + reached + ", and the log has nothing before " + begins);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Checks the facts of a commit that come from elsewhere.
   *
   * @throws IllegalArgumentException when a time or position among them is none
   */
  public static void check(Map<String, String> facts) {
    facts.forEach(
        (key, value) -> {
          if (value == null || !value.matches("\\d{1,18}")) {
            throw new IllegalArgumentException("'" + value + "' is neither a time nor a position: " + key);
          }
        });
  }

  /** Returns when a commit was made, by its facts; 1970 for one of no follower. */
  public static Instant committedAt(Map<String, String> facts) {
    return Instant.ofEpochMilli(Long.parseLong(facts.getOrDefault(COMMITTED_AT, "0")));
  }

  /**
   * Returns how many offsets lie between a commit and the end of the log.
   *
   * @throws EventLogUnavailable when the log does not answer
   */
  public static long lag(EventLog log, List<Topic> topics, Map<String, String> facts) {
    long lag = 0;
    for (Topic topic : topics) {
      Map<Integer, Long> positions = positions(facts, topic);
      for (Map.Entry<Integer, Long> end : log.end(topic).entrySet()) {
        lag += Math.max(0, end.getValue() - positions.getOrDefault(end.getKey(), 0L));
      }
    }
    return lag;
  }

  /**
   * Commits what was applied so far, on the follower's thread, instead of some seconds later.
   *
   * @param patience how long to wait for it
   * @return whether it was done in time; otherwise the last commit stands, and is some seconds old, or of the moment when the log went away
   */
  public boolean commit(Duration patience) {
    CompletableFuture<Boolean> asked = commitAsked.updateAndGet(waiting -> waiting == null ? new CompletableFuture<>() : waiting);
    try {
      return asked.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      LOG.debug("{} could not commit when asked to", name, e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Returns whether somebody asked for a commit, which was made then. */
  private boolean commitIfAsked() throws IOException {
    // Taken before the commit: whoever asks while it is being made may have seen changes that it does not hold.
    CompletableFuture<Boolean> asked = commitAsked.getAndSet(null);
    if (asked == null) {
      return false;
    }
    try {
      commit();
    } catch (IOException | RuntimeException e) {
      asked.completeExceptionally(e);
      throw e;
    }
    asked.complete(true);
    return true;
  }

  private void commit() throws IOException {
    Map<String, String> facts = new TreeMap<>();
    facts.put(COMMITTED_AT, String.valueOf(System.currentTimeMillis()));
    for (Topic topic : topics) {
      reader(topic)
          .position()
          .forEach((partition, offset) -> facts.put(topic.suffix() + "." + partition, String.valueOf(offset)));
    }
    view.commit(facts);
    reached = facts;
    sound = true; // a refresh alone says little: of a few records it may fit on a disk that is full again with the next
  }

  private static Map<Integer, Long> positions(Map<String, String> facts, Topic topic) {
    Map<Integer, Long> positions = new HashMap<>();
    String prefix = topic.suffix() + ".";
    facts.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            positions.put(Integer.parseInt(key.substring(prefix.length())), Long.parseLong(value));
          }
        });
    return positions;
  }

  private boolean running() {
    return stopped.getCount() > 0;
  }

  private void closeReaders() {
    for (LogReader reader : readers.values()) {
      try {
        reader.close();
      } catch (RuntimeException e) {
        LOG.debug("closing a reader of {} failed", name, e);
      }
    }
    readers = Map.of();
  }

  /** Stops after the round in progress and commits; at most 10 s. */
  @Override
  public void close() {
    stopped.countDown();
    try {
      if (!thread.join(Duration.ofSeconds(10))) {
        LOG.warn("{} did not stop within 10 s; what it had not committed is read from the log again", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
