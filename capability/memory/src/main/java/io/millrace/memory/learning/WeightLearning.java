// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.time.Yielding;
import io.millrace.memory.FusionWeights;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.TextHash;
import io.millrace.memory.learning.LearnedWeights.Learned;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Learns what evidence weighs, in the background. Each round reads the events that came, and where enough preferences came since the last attempt,
 * weights are learned from all before those and judged on them: what decides was never learned from, and decides once. Each attempt is a version in
 * the registry with its figures; those that a {@link WeightGate} takes become the champion, which searches use at once.
 *
 * <p>Several gateways may learn side by side: they see each other's attempts in the registry.
 */
public final class WeightLearning implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WeightLearning.class);

  /** At least; also how late a search may use weights that somebody promoted or took away. */
  private static final Duration BETWEEN_ROUNDS = Duration.ofSeconds(3);

  /** Reading and learning take one part in so many of a processor at most. */
  private static final int REST = 20;

  /** Events that are read again after a start: weeks of a busy gateway. */
  private static final long READ_AGAIN = 200_000;

  /** Of the first preferences ever so many in three parts are learned from, and the rest decides. */
  private static final double FIRST_SHARE = 2 / 3.0;

  private static final Duration POLL = Duration.ofMillis(200);

  /** After which the next round goes on. */
  private static final int EMPTY_POLLS = 25;

  private static final String LEARNED = "learned from feedback: ";
  private static final String UNTIL = "until";
  private static final String OUTCOME = "outcome";
  private static final String TAKEN = "taken";
  private static final String GAIN = "gain";
  private static final String LEARNED_FROM = "preferences";

  private final EventLog log;
  private final LearnedWeights weights;
  private final SearchSettings settings;
  private final boolean learns;
  private final InstantSource clock;
  private final Feedback feedback = new Feedback();
  private final Map<Purpose, Waiting> waiting = new ConcurrentHashMap<>();
  private final Map<Purpose, Attempt> attempts = new ConcurrentHashMap<>();
  private final ScheduledExecutorService rounds =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("weight-learning").factory());

  /** Confined to the rounds: judged lists of each purpose at the last look. */
  private final Map<Purpose, Long> looked = new HashMap<>();

  /** Confined to the rounds. */
  private @Nullable Map<Integer, Long> position;

  private volatile @Nullable String trouble;

  /**
   * What the weights of a purpose are, and how learning them stands.
   *
   * @param weights by the names of what they weigh; the share of meaning is {@code dense}
   * @param learned the version that they are; null for the constants
   * @param waiting preferences for the next attempt
   * @param latest attempt; null for none
   */
  public record Report(
      String language, String aim, Map<String, Double> weights, @Nullable InUse learned, Waiting waiting, @Nullable Attempt latest) {}

  /**
   * A version in use.
   *
   * @param preferences that it was learned from, by weight
   */
  public record InUse(String version, Instant since, double preferences) {}

  /**
   * Preferences, by weight, that the next attempt has.
   *
   * @param learning to learn from
   * @param deciding to decide by
   * @param needed of each
   */
  public record Waiting(double learning, double deciding, int needed) {}

  /**
   * An attempt to learn.
   *
   * @param version its result
   * @param taken whether it was used
   * @param outcome why, or why not
   * @param gain of the probability of what people preferred
   */
  public record Attempt(String version, Instant at, boolean taken, String outcome, double gain) {}

  /**
   * Begins to follow the weights in use and, if it shall, to learn.
   *
   * @param learns whether it learns; otherwise it follows what the registry says only
   * @param clock of the events
   */
  public WeightLearning(EventLog log, LearnedWeights weights, SearchSettings settings, boolean learns, InstantSource clock) {
    this.log = log;
    this.weights = weights;
    this.settings = settings;
    this.learns = learns;
    this.clock = clock;
    rounds.execute(() -> Yielding.callingThread(Yielding.A_TENTH));
    // By itself, since a round that read much rests long.
    rounds.scheduleWithFixedDelay(weights::refresh, 0, BETWEEN_ROUNDS.toMillis(), TimeUnit.MILLISECONDS);
    rounds.execute(this::round);
  }

  /** Returns how the weights of each purpose stand. */
  public List<Report> report() {
    return Purpose.all().stream().map(this::report).toList();
  }

  private Report report(Purpose purpose) {
    Optional<Learned> learned = weights.learned(purpose);
    return new Report(
        purpose.language().code(),
        purpose.aimCode(),
        inUse(purpose).codes(),
        learned
            .map(each -> new InUse(each.version().reference(), each.since(), each.version().scores().getOrDefault(LEARNED_FROM, 0.0)))
            .orElse(null),
        waiting.getOrDefault(purpose, new Waiting(0, 0, WeightGate.FEWEST)),
        attempts.get(purpose));
  }

  /** Returns whether weights are learned here. */
  public boolean learns() {
    return learns;
  }

  /** Returns what keeps weights from being learned or used; empty when all is well. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble).or(weights::trouble);
  }

  private FusionWeights inUse(Purpose purpose) {
    return weights.of(purpose.language(), purpose.aim(), FusionWeights.of(settings, purpose.language(), purpose.aim()));
  }

  private void round() {
    long begun = System.nanoTime();
    try {
      if (learns) {
        read();
        feedback.settle(clock.instant());
        if (weights.trouble().isEmpty()) { // or else it would be judged against what is not in use
          Purpose.all().forEach(this::look);
        }
      }
      trouble = null;
    } catch (EventLogUnavailable e) {
      LOG.debug("learning waits for the event log", e);
    } catch (RuntimeException e) {
      String found = "what evidence weighs cannot be learned for now: " + e.getMessage();
      if (!found.equals(trouble)) {
        LOG.warn(found, e);
      }
      trouble = found;
    }
    try {
      rounds.schedule(this::round, Math.max(BETWEEN_ROUNDS.toNanos(), REST * (System.nanoTime() - begun)), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("no further rounds: closed", e);
    }
  }

  /** Reads the events that came since the last round; after a start those before them, too. */
  private void read() {
    Map<Integer, Long> from = position == null ? beginning() : position;
    try (LogReader reader = log.reader(Topic.EVENTS, from)) {
      int silent = 0;
      while (reader.lag() > 0 && silent < EMPTY_POLLS && !rounds.isShutdown()) {
        List<LogRecord> records = reader.poll(POLL);
        silent = records.isEmpty() ? silent + 1 : 0;
        records.forEach(this::take);
        position = reader.position();
      }
    }
  }

  private Map<Integer, Long> beginning() {
    Map<Integer, Long> begin = log.begin(Topic.EVENTS);
    Map<Integer, Long> from = new HashMap<>();
    Map<Integer, Long> end = log.end(Topic.EVENTS);
    end.forEach(
        (partition, offset) ->
            from.put(partition, Math.max(begin.getOrDefault(partition, 0L), offset - READ_AGAIN / Math.max(1, end.size()))));
    return from;
  }

  /** What makes no sense was set aside by those who keep features. */
  private void take(LogRecord record) {
    if (record.value() != null) {
      try {
        feedback.apply(Json.read(record.value(), Event.class));
      } catch (RuntimeException e) {
        LOG.debug("not learned from {}: {}", record.position(), e.getMessage());
      }
    }
  }

  /** Tries to learn where there is something new. */
  private void look(Purpose purpose) {
    long count = feedback.count(purpose);
    Long before = looked.put(purpose, count);
    if (before != null && before == count) {
      return;
    }
    Optional<ArtifactVersion> latest = weights.latest(purpose);
    latest.ifPresent(version -> attempts.put(purpose, attempt(version)));
    latest.filter(version -> attempt(version).taken()).ifPresent(version -> weights.promoted(purpose, version, LEARNED + attempt(version).outcome()));
    List<JudgedList> lists = feedback.judged(purpose);
    if (lists.isEmpty()) {
      return;
    }
    Instant twoThirds = lists.get((int) (FIRST_SHARE * (lists.size() - 1))).at();
    Instant decided = latest.map(WeightLearning::until).orElse(twoThirds);
    boolean forgotten = Preferences.weight(Preferences.of(upTo(lists, decided))) < WeightGate.FEWEST && twoThirds.isAfter(decided);
    // Where so much has come since the last attempt that what it was made from is kept no longer, the newer lists are parted anew.
    Instant boundary = forgotten ? twoThirds : decided;
    List<Preference> learning = Preferences.of(upTo(lists, boundary));
    List<JudgedList> deciding = lists.stream().filter(list -> list.at().isAfter(boundary)).toList();
    Waiting have = new Waiting(Preferences.weight(learning), Preferences.weight(Preferences.of(deciding)), WeightGate.FEWEST);
    waiting.put(purpose, have);
    if (have.learning() >= have.needed() && have.deciding() >= have.needed()) {
      learn(purpose, learning, deciding, lists.getLast().at());
    }
  }

  private static List<JudgedList> upTo(List<JudgedList> lists, Instant boundary) {
    return lists.stream().filter(list -> !list.at().isAfter(boundary)).toList();
  }

  private void learn(Purpose purpose, List<Preference> learning, List<JudgedList> deciding, Instant until) {
    double smoothing = settings.ranking(purpose.language()).smoothing().weight();
    HitScore score = new HitScore(smoothing / (1 + smoothing));
    FusionWeights constants = weights.constants(FusionWeights.of(settings, purpose.language(), purpose.aim()));
    WeightFit fit = new WeightFit(score, constants);
    WeightFit.Fitted fitted = fit.fit(learning);
    WeightGate.Verdict verdict = new WeightGate(score).judge(deciding, fit.follow(learning, inUse(purpose)), fitted);
    Map<String, String> facts = new TreeMap<>();
    facts.put("language", purpose.language().code());
    facts.put("aim", purpose.aimCode());
    facts.put(UNTIL, until.toString());
    facts.put(TAKEN, String.valueOf(verdict.taken()));
    facts.put(OUTCOME, verdict.reason());
    facts.put("beside", weights.learned(purpose).map(each -> each.version().reference()).orElse("constants"));
    fitted.weights().codes().forEach((code, weight) -> facts.put("weight." + code, String.format(Locale.ROOT, "%.4f", weight)));
    Map<String, Double> scores = new TreeMap<>();
    scores.put(LEARNED_FROM, Preferences.weight(learning));
    scores.put("heldOutPreferences", verdict.preferences());
    scores.put("people", (double) verdict.people());
    scores.put("probability", verdict.after());
    scores.put("probabilityBefore", verdict.before());
    scores.put(GAIN, verdict.gain());
    scores.put("lowerBound", verdict.lowerBound());
    scores.put("slope", fitted.slope());
    String inputs = TextHash.of(purpose + " " + until + " " + learning.size() + " " + deciding.size());
    ArtifactVersion version =
        weights.publish(purpose, fitted.weights(), inputs, facts, scores, verdict.taken() ? LEARNED + verdict.reason() : null);
    attempts.put(purpose, attempt(version));
    waiting.put(purpose, new Waiting(0, 0, WeightGate.FEWEST));
    // What was held out is learned from the next time.
    looked.remove(purpose);
    LOG.info("{} {}: {}", version.reference(), verdict.taken() ? "is used" : "is not used", verdict.reason());
  }

  private static Attempt attempt(ArtifactVersion version) {
    return new Attempt(
        version.reference(),
        version.createdAt(),
        Boolean.parseBoolean(version.settings().get(TAKEN)),
        version.settings().getOrDefault(OUTCOME, "it was not learned here"),
        version.scores().getOrDefault(GAIN, 0.0));
  }

  /** Up to when events had a part in a version. */
  private static Instant until(ArtifactVersion version) {
    String until = version.settings().get(UNTIL);
    return until == null ? version.createdAt() : Instant.parse(until);
  }

  @Override
  public void close() {
    rounds.shutdownNow();
    try {
      if (!rounds.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("a round of learning did not end within 10 s; what it has not kept is learned after the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
