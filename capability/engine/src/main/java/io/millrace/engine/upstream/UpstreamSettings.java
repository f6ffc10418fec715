// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Which server is asked and how. What is left out (null or 0) has the default.
 *
 * @param url where the API begins, for example {@code https://api.example.com/v1}
 * @param model as the server names it
 * @param keyVariable environment variable that holds the API key; null for none
 * @param keyFile file that holds the API key; null for none
 * @param dialect what the server takes beyond OpenAI's fields; {@link Dialect#OPENAI} by default
 * @param context tokens that prompt and answer may have together; 8192 by default
 * @param concurrency requests at once; 16 by default
 * @param omit fields that are never sent since the server refuses them, for example {@code temperature}
 * @param extra fields that are sent with each request
 * @param timeouts of one attempt
 * @param retries before the first piece of an answer
 * @param breaker when the server is left alone for a while
 * @param budget of a day
 */
public record UpstreamSettings(
    String url,
    String model,
    @Nullable String keyVariable,
    @Nullable String keyFile,
    @Nullable Dialect dialect,
    int context,
    int concurrency,
    @Nullable List<String> omit,
    @Nullable Map<String, Object> extra,
    @Nullable Timeouts timeouts,
    @Nullable Retries retries,
    @Nullable Breaker breaker,
    @Nullable Budget budget) {

  public UpstreamSettings {
    checkAddress(url);
    if (model == null || model.isBlank()) {
      throw new IllegalArgumentException("upstream model is missing: give the name by which " + url + " knows it");
    }
    if (keyVariable != null && keyFile != null) {
      throw new IllegalArgumentException("both keyVariable and keyFile are given: keep one of them");
    }
    dialect = dialect == null ? Dialect.OPENAI : dialect;
    context = (int) positive("context", context, 8192);
    concurrency = (int) positive("concurrency", concurrency, 16);
    omit = omit == null ? List.of() : List.copyOf(omit);
    extra = extra == null ? Map.of() : Map.copyOf(extra);
    timeouts = timeouts == null ? new Timeouts(0, 0, 0) : timeouts;
    retries = retries == null ? new Retries(0, 0, 0) : retries;
    breaker = breaker == null ? new Breaker(0, 0, 0) : breaker;
    budget = budget == null ? new Budget(0, 0, 0, 0) : budget;
  }

  /** A server and its model, all else as usual. */
  public static UpstreamSettings of(String url, String model) {
    return new UpstreamSettings(url, model, null, null, null, 0, 0, null, null, null, null, null, null);
  }

  /**
   * How long to wait, in milliseconds.
   *
   * @param connect for a connection; 5,000 by default
   * @param first for the first piece of an answer, from the request on; 60,000 by default
   * @param next for the next sign of life; 20,000 by default
   */
  public record Timeouts(long connect, long first, long next) {
    public Timeouts {
      connect = positive("timeouts.connect", connect, 5_000);
      first = positive("timeouts.first", first, 60_000);
      next = positive("timeouts.next", next, 20_000);
    }
  }

  /**
   * How often to try. Waits double from one to the next and are random by half, so that clients do not come back all at
   * once; a server's {@code Retry-After} is honoured where it is not beyond the longest wait.
   *
   * @param attempts the first one included; 3 by default
   * @param firstWait before the second attempt, in milliseconds; 500 by default
   * @param longestWait in milliseconds; 8,000 by default
   */
  public record Retries(int attempts, long firstWait, long longestWait) {
    public Retries {
      attempts = (int) positive("retries.attempts", attempts, 3);
      firstWait = positive("retries.firstWait", firstWait, 500);
      longestWait = Math.max(firstWait, positive("retries.longestWait", longestWait, 8_000));
    }
  }

  /**
   * A server that fails is left alone for a while.
   *
   * @param failurePercent of the last attempts, from 1 to 100; 50 by default
   * @param window how many attempts count; it opens only once as many were made; 10 by default
   * @param pause in milliseconds until it is tried again; 30,000 by default
   */
  public record Breaker(int failurePercent, int window, long pause) {
    public Breaker {
      failurePercent = (int) positive("breaker.failurePercent", failurePercent, 50);
      window = (int) positive("breaker.window", window, 10);
      pause = positive("breaker.pause", pause, 30_000);
      if (failurePercent > 100) {
        throw new IllegalArgumentException("breaker.failurePercent " + failurePercent + " is above 100");
      }
    }
  }

  /**
   * What may be used in a day (UTC).
   *
   * @param tokensPerDay read and written together; 0 for no limit
   * @param moneyPerDay in the currency of the prices; 0 for no limit
   * @param inputPrice of a million tokens read
   * @param outputPrice of a million tokens written
   */
  public record Budget(long tokensPerDay, double moneyPerDay, double inputPrice, double outputPrice) {
    public Budget {
      if (tokensPerDay < 0 || !(moneyPerDay >= 0) || !(inputPrice >= 0) || !(outputPrice >= 0)) {
        throw new IllegalArgumentException(
            "upstream budget has a negative number (tokensPerDay " + tokensPerDay + ", moneyPerDay " + moneyPerDay
                + ", inputPrice " + inputPrice + ", outputPrice " + outputPrice + "); 0 means no limit, or no price");
      }
      if (moneyPerDay > 0 && inputPrice == 0 && outputPrice == 0) {
        throw new IllegalArgumentException(
            "upstream budget moneyPerDay " + moneyPerDay
                + " needs prices: give inputPrice and outputPrice of a million tokens");
      }
    }
  }

  /**
   * Returns the API key, if one is wanted.
   *
   * @param environment returns a variable's value, or null
   * @throws IllegalArgumentException when it is wanted but not there, naming the variable or file
   */
  Optional<String> key(UnaryOperator<@Nullable String> environment) {
    String key = null;
    if (keyVariable != null) {
      key = environment.apply(keyVariable);
      if (key == null || key.isBlank()) {
        throw new IllegalArgumentException(
            "the environment variable " + keyVariable + " is not set: it holds the key of " + url
                + " (upstream.keyVariable)");
      }
    } else if (keyFile != null) {
      try {
        key = Files.readString(Path.of(keyFile));
      } catch (IOException e) {
        throw new IllegalArgumentException("cannot read the key of " + url + " from " + keyFile
            + " (upstream.keyFile): " + e, e);
      }
    }
    return Optional.ofNullable(key).map(String::strip);
  }

  private static void checkAddress(String url) {
    URI uri;
    try {
      uri = URI.create(url == null ? "" : url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("upstream url '" + url + "' is no address: " + e.getMessage(), e);
    }
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!web || uri.getHost() == null || uri.getQuery() != null || uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "upstream url '" + url + "' is not of the form https://HOST/v1, without user, password or query");
    }
  }

  private static long positive(String key, long value, long otherwise) {
    long chosen = value == 0 ? otherwise : value;
    if (chosen < 1 || chosen > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("upstream " + key + " " + chosen + " is not positive, or too large");
    }
    return chosen;
  }
}
