// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Generator;
import io.millrace.core.spi.GeneratorBusy;
import io.millrace.engine.EngineMetrics;
import io.millrace.engine.upstream.UpstreamFailure.Kind;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Has another server write: any that speaks OpenAI's API (chat completions, and completions for plain texts), asked for
 * a stream. An attempt that fails is repeated as long as nothing of the answer was given out; a server that keeps
 * failing is left alone for a while; a day's budget is not overdrawn. Safe for use by several threads.
 */
public final class UpstreamGenerator implements Generator {

  private static final Duration COME_BACK = Duration.ofSeconds(2);

  private final UpstreamSettings settings;
  private final @Nullable String key;
  private final Dialect dialect;
  private final UpstreamSettings.Timeouts timeouts;
  private final Attempts attempts;
  private final DailyBudget budget;
  private final Semaphore places;
  private final HttpClient client;
  private final AtomicLong requests = new AtomicLong();
  private final UpstreamMeter meter = new UpstreamMeter();

  /**
   * Prepares to ask a server; nothing is sent yet.
   *
   * @param environment returns the value of an environment variable, or null: where keys are looked up
   * @param ledger file in which the day's use is kept; null to forget it at the end of the process
   * @param clock tells the day
   * @throws IllegalArgumentException when the key that the settings name is not there
   */
  public UpstreamGenerator(
      UpstreamSettings settings,
      UnaryOperator<@Nullable String> environment,
      @Nullable Path ledger,
      InstantSource clock) {
    this.settings = settings;
    this.key = settings.key(environment).orElse(null);
    this.dialect = Objects.requireNonNull(settings.dialect());
    this.timeouts = Objects.requireNonNull(settings.timeouts());
    this.attempts =
        new Attempts(settings, Objects.requireNonNull(settings.breaker()), Objects.requireNonNull(settings.retries()));
    this.budget = new DailyBudget(Objects.requireNonNull(settings.budget()), ledger, clock);
    this.places = new Semaphore(settings.concurrency());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofMillis(timeouts.connect()))
            // A key is for the address in the settings, not for wherever that one sends us.
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  @Override
  public String model() {
    return "upstream/" + settings.model();
  }

  @Override
  public int context() {
    return settings.context();
  }

  /** Returns an estimate, see {@link TokenEstimate}: the server's vocabulary is not known here. */
  @Override
  public int count(Prompt prompt) {
    return TokenEstimate.of(prompt);
  }

  /** Returns how it does. */
  public UpstreamStatus status() {
    DailyBudget.Used used = budget.used();
    return new UpstreamStatus(attempts.reachable(), settings.concurrency() - places.availablePermits(), requests.get(),
        attempts.retries(), attempts.failures(), used.inputTokens(), used.outputTokens(), budget.moneyUsed());
  }

  /** Returns counts and times as they are seen from here. */
  public EngineMetrics metrics() {
    return meter.snapshot();
  }

  /**
   * {@inheritDoc}
   *
   * @throws UpstreamFailure when the server does not answer as it should, is left alone, or the budget is spent
   */
  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    UpstreamBody body = UpstreamBody.of(request, settings, dialect);
    if (!places.tryAcquire()) {
      meter.refused();
      throw new GeneratorBusy(settings.concurrency() + " requests to the upstream run already", COME_BACK);
    }
    UpstreamMeter.Watch watch = meter.begin(onPiece);
    try {
      Generation generation = booked(request, body, watch);
      watch.ended(generation);
      return generation;
    } catch (UpstreamFailure failure) {
      if (failure.kind() == Kind.BUSY) {
        throw new GeneratorBusy(String.valueOf(failure.getMessage()), failure.retryAfter().orElse(COME_BACK));
      }
      throw failure;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the upstream was asked", e);
    } finally {
      watch.over();
      places.release();
    }
  }

  private Generation booked(GenerationRequest request, UpstreamBody body, Consumer<Piece> onPiece)
      throws InterruptedException {
    DailyBudget.Reservation reservation = budget.reserve(count(request.prompt()), request.maxTokens());
    Transcript transcript = new Transcript(request, onPiece);
    Optional<Generation> generation = Optional.empty();
    try {
      requests.incrementAndGet();
      HttpRequest http = http(body);
      generation = Optional.of(
          attempts.run(request, transcript::begun,
              () -> new UpstreamCall(client, timeouts, request, transcript).run(http)));
      return generation.get();
    } finally {
      // What broke off in the middle will be on the bill all the same.
      Optional<Generation> used = generation.isPresent() || !transcript.begun()
          ? generation
          : Optional.of(transcript.left(Finish.CANCELLED));
      reservation.book(used.map(Generation::promptTokens).orElse(0), used.map(Generation::completionTokens).orElse(0));
    }
  }

  private HttpRequest http(UpstreamBody body) {
    HttpRequest.Builder http =
        HttpRequest.newBuilder(URI.create(settings.url().replaceAll("/+$", "") + body.path()))
            .header("Content-Type", "application/json")
            .header("Accept", "text/event-stream")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body.json())));
    if (key != null) {
      http.header("Authorization", "Bearer " + key);
    }
    return http.build();
  }

  /** Ends requests under way with a failure. */
  @Override
  public void close() {
    client.shutdownNow();
  }
}
