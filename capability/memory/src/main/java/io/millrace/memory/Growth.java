// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Labels;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Figures;
import io.millrace.core.log.Eviction.Place;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.log.LogFollower;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.spi.Access;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the memory within its budget. Once a second it looks whether there is more than the budget allows, or something
 * whose time has passed, and decides what is moved to the archive. Each decision is a record of the topic of evictions,
 * which indexes follow like any other: they are rebuilt with it, and nothing leaves without a reason that can be read.
 * Documents come back when somebody restores or opens them, or puts a new version; those that another one stands for, when it
 * does so no more.
 *
 * <p>Every gateway decides by itself. The same log gives the same decisions, and a document is decided about under its
 * own key, so several of them do no harm: at worst one makes room while another still does.
 */
public final class Growth implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Growth.class);

  /** At least. */
  private static final Duration BETWEEN_ROUNDS = Duration.ofSeconds(1);

  /** Looking at every document takes one part in so many of a processor at most. */
  private static final int REST = 20;

  private final EventLog log;
  private final DocumentView documents;
  private final MemoryBudget budget;
  private final InstantSource clock;
  private final Decisions decisions = new Decisions();
  private final LogFollower follower;
  private final ScheduledExecutorService rounds =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("memory-growth").factory());

  /** Decisions made here since the start; guarded by itself. */
  private final Map<Reason, Long> made = new EnumMap<>(Reason.class);

  private volatile @Nullable String trouble;

  /**
   * Starts to keep the budget.
   *
   * @param documents whose places are decided; closed by the caller, after this
   * @param clock by which documents age and their times pass
   */
  public Growth(EventLog log, DocumentView documents, MemoryBudget budget, InstantSource clock) {
    this.log = log;
    this.documents = documents;
    this.budget = budget;
    this.clock = clock;
    this.follower = new LogFollower("growth", log, List.of(Topic.EVICTIONS, Topic.ITEM_FEATURES), decisions);
    rounds.schedule(this::rounds, BETWEEN_ROUNDS.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** A round looks at every document: the longer it takes, the longer it is to the next one. */
  private void rounds() {
    long pause = Math.max(BETWEEN_ROUNDS.toNanos(), REST * round().toNanos());
    try {
      rounds.schedule(this::rounds, pause, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("no further rounds: closed", e);
    }
  }

  /**
   * How large the memory is.
   *
   * @param budget what it may be
   * @param documents in memory
   * @param bytes of the index that they take, estimated
   * @param vectorBytes of memory that their embeddings and the graph take, estimated
   * @param archived documents in the archive
   * @param merged those of them that others in memory stand for
   * @param pinned documents that must stay
   * @param repeated documents that others in memory nearly repeat
   * @param idlePins what is pinned by the budget and is the beginning of no document's identity
   */
  public record Report(
      MemoryBudget budget,
      long documents,
      long bytes,
      long vectorBytes,
      long archived,
      long merged,
      long pinned,
      long repeated,
      List<String> idlePins) {}

  /** Looks at everything now. */
  public Report report() {
    long inMemory = 0;
    long bytes = 0;
    long vectorBytes = 0;
    long archived = 0;
    long merged = 0;
    long pinned = 0;
    long repeated = 0;
    List<String> idlePins = new ArrayList<>(budget.pinned());
    for (Resident resident : documents.residents()) {
      idlePins.removeIf(resident.id()::startsWith);
      Eviction decision = decisions.of(resident.id());
      if (decision != null && decision.archived()) {
        archived++;
        merged += decision.merged() ? 1 : 0;
        continue;
      }
      inMemory++;
      bytes += resident.bytes();
      vectorBytes += resident.vectorBytes(budget.vectors());
      pinned += GrowthRound.pinned(resident, budget) ? 1 : 0;
      repeated += documents.copies(resident.id()).stream().anyMatch(copy -> !decisions.archived(copy)) ? 1 : 0;
    }
    return new Report(budget, inMemory, bytes, vectorBytes, archived, merged, pinned, repeated, List.copyOf(idlePins));
  }

  /** Returns the latest decisions, latest first. */
  public List<Eviction> latest(int most) {
    return decisions.all().stream()
        .sorted(Comparator.comparing(Eviction::at).reversed().thenComparing(Eviction::document))
        .limit(most)
        .toList();
  }

  /**
   * Returns of what use a document is to a reader and those of the same tenant, or to all who have none; to everybody for whoever sees everything.
   *
   * @param access of a reader who may see the document
   */
  public double use(String document, Access access, Instant now) {
    if (access.everything()) {
      return decisions.use(document, now);
    }
    Set<String> tenants = Labels.tenants(access.labels());
    return tenants.isEmpty()
        ? decisions.use(document, "", now)
        : tenants.stream().sorted().mapToDouble(tenant -> decisions.use(document, tenant, now)).sum();
  }

  /** Returns whether a document is in the archive. */
  public boolean archived(String document) {
    return decisions.archived(document);
  }

  /** Returns how many decisions of a kind were made here since the start. */
  public long made(Reason reason) {
    synchronized (made) {
      return made.getOrDefault(reason, 0L);
    }
  }

  /** Returns what keeps the memory from its budget; empty when all is well. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /**
   * Brings a document back from the archive; it can be found again as soon as indexes have heard of it.
   *
   * @return whether it was in the archive
   * @throws IllegalStateException when its time has passed, so that it could not be found anyway
   * @throws EventLogUnavailable when the log does not take the decision
   */
  public boolean restore(String document) {
    Eviction decision = decisions.of(document);
    Resident resident = documents.resident(document);
    if (decision == null || !decision.archived() || resident == null) {
      return false;
    }
    Instant now = clock.instant();
    if (GrowthRound.over(resident, now)) {
      throw new IllegalStateException(
          "the time of '" + document + "' has passed: put it again with a later validUntil, or without one");
    }
    decide(List.of(GrowthRound.back(resident, Reason.RESTORED, now)));
    return true;
  }

  /** Returns whether a document's time has passed, so that it cannot be restored. */
  public boolean expired(String document) {
    Resident resident = documents.resident(document);
    return resident != null && GrowthRound.over(resident, clock.instant());
  }

  /**
   * Hears that somebody opened a document: if it is in the archive it comes back, unless another one stands for it. Reading waits
   * for nothing here, and does not fail where nothing can be written.
   *
   * @return whether it comes back
   */
  public boolean opened(String document) {
    Resident resident = documents.resident(document);
    Eviction decision = decisions.of(document);
    Instant now = clock.instant();
    if (decision == null || !decision.archived() || decision.merged() || resident == null || GrowthRound.over(resident, now)) {
      return false;
    }
    Eviction back = GrowthRound.back(resident, Reason.OPENED, now);
    try {
      // A log that cannot be reached is waited for even to append without waiting for the acknowledgement.
      rounds.execute(() -> log.append(Topic.EVICTIONS, document, Json.bytes(back)).thenRun(() -> made(back)));
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Hears that a new version of a document is in the log: it need not wait for the next round. */
  public void changed(String document, long version) {
    if (decisions.archived(document)) {
      Eviction back = new Eviction(document, Place.MEMORY, Reason.CHANGED, version, Figures.NONE, clock.instant());
      // Nobody waits for it: where it fails, the next round does the same.
      log.append(Topic.EVICTIONS, document, Json.bytes(back)).thenRun(() -> made(back));
    }
  }

  @Override
  public void close() {
    rounds.shutdownNow();
    try {
      if (!rounds.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a round of evictions did not end within 10 s; what it has not decided is decided after the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    follower.close();
  }

  /** Returns how long it took to look at every document. */
  private Duration round() {
    Duration looking = Duration.ZERO;
    try {
      // Half of the log would look like half of the documents.
      if (documents.caughtUp() && follower.caughtUp()) {
        long begun = System.nanoTime();
        GrowthRound round = new GrowthRound(documents, decisions, budget, clock.instant());
        List<Eviction> plan = round.plan();
        trouble = round.trouble();
        looking = Duration.ofNanos(System.nanoTime() - begun);
        decide(plan);
        forgetDeleted();
      }
    } catch (EventLogUnavailable e) {
      LOG.debug("evictions wait for the event log", e);
    } catch (RuntimeException e) {
      LOG.warn("a round of evictions failed and is tried again", e);
    }
    return looking;
  }

  /** Deleted documents need no decision any more. */
  private void forgetDeleted() {
    Map<String, CompletableFuture<Position>> sent = new LinkedHashMap<>();
    for (Eviction decision : decisions.all()) {
      if (documents.resident(decision.document()) == null && sent.size() < GrowthRound.MOST_AT_ONCE) {
        sent.put(decision.document(), log.append(Topic.EVICTIONS, decision.document(), null));
      }
    }
    sent.values().forEach(Growth::acknowledged);
    sent.keySet().forEach(document -> decisions.put(document, null));
  }

  private void decide(List<Eviction> plan) {
    Map<Eviction, CompletableFuture<Position>> sent = new LinkedHashMap<>();
    plan.forEach(each -> sent.put(each, log.append(Topic.EVICTIONS, each.document(), Json.bytes(each))));
    sent.forEach(
        (each, position) -> {
          acknowledged(position);
          made(each);
        });
    if (!plan.isEmpty()) {
      LOG.debug("{} documents change places, for example {}", plan.size(), plan.getFirst());
    }
  }

  private void made(Eviction decision) {
    decisions.put(decision.document(), decision);
    synchronized (made) {
      made.merge(decision.reason(), 1L, Long::sum);
    }
  }

  private static void acknowledged(CompletableFuture<Position> position) {
    try {
      position.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof EventLogUnavailable unavailable ? unavailable : e;
    }
  }
}
