// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.json.Json;
import io.millrace.engine.upstream.UpstreamFailure.Kind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Locale;

/**
 * What is left of a day's tokens and money. A request reserves the most that it may use before it is sent, so that
 * many at once do not overdraw; what it did use is booked when it has ended, and survives a restart where there is a
 * ledger.
 */
final class DailyBudget {

  private static final Logger LOG = LoggerFactory.getLogger(DailyBudget.class);
  private static final double MILLION = 1e6;

  private final UpstreamSettings.Budget limits;
  private final @Nullable Path ledger;
  private final InstantSource clock;
  // All guarded by this.
  private LocalDate day;
  private long input;
  private long output;
  private long reservedInput;
  private long reservedOutput;

  /** What a day's requests used; the contents of the ledger. */
  record Used(String day, long inputTokens, long outputTokens) {}

  /**
   * A budget.
   *
   * @param ledger file in which the day's use is kept; null to forget it at the end of the process
   */
  DailyBudget(UpstreamSettings.Budget limits, @Nullable Path ledger, InstantSource clock) {
    this.limits = limits;
    this.ledger = ledger;
    this.clock = clock;
    this.day = today();
    if (ledger != null && Files.isRegularFile(ledger)) {
      load(ledger);
    }
  }

  /** What a request may use at most, until it is booked. */
  final class Reservation {
    private final long mostInput;
    private final long mostOutput;

    private Reservation(long mostInput, long mostOutput) {
      this.mostInput = mostInput;
      this.mostOutput = mostOutput;
    }

    /** Books what was used; for a request that never reached the server, nothing. */
    void book(long usedInput, long usedOutput) {
      synchronized (DailyBudget.this) {
        reservedInput -= mostInput;
        reservedOutput -= mostOutput;
        roll();
        input += usedInput;
        output += usedOutput;
        if (usedInput + usedOutput > 0) {
          save();
        }
      }
    }
  }

  /**
   * Sets aside what a request may use.
   *
   * @throws UpstreamFailure when that is no longer there
   */
  synchronized Reservation reserve(long mostInput, long mostOutput) {
    roll();
    long allInput = input + reservedInput + mostInput;
    long allOutput = output + reservedOutput + mostOutput;
    if (limits.tokensPerDay() > 0 && allInput + allOutput > limits.tokensPerDay()) {
      throw spent(limits.tokensPerDay() + " tokens", input + output + " tokens", mostInput + mostOutput + " tokens",
          "tokensPerDay");
    }
    if (limits.moneyPerDay() > 0 && money(allInput, allOutput) > limits.moneyPerDay()) {
      throw spent(shown(limits.moneyPerDay()), shown(money(input, output)), shown(money(mostInput, mostOutput)),
          "moneyPerDay");
    }
    reservedInput += mostInput;
    reservedOutput += mostOutput;
    return new Reservation(mostInput, mostOutput);
  }

  /** Returns what was used today. */
  synchronized Used used() {
    roll();
    return new Used(day.toString(), input, output);
  }

  /** Returns the price of what was used today. */
  synchronized double moneyUsed() {
    roll();
    return money(input, output);
  }

  private double money(long in, long out) {
    return (in * limits.inputPrice() + out * limits.outputPrice()) / MILLION;
  }

  private UpstreamFailure spent(String limit, String used, String wanted, String key) {
    Duration left = Duration.between(clock.instant(),
        day.plusDays(1).atTime(LocalTime.MIDNIGHT).toInstant(ZoneOffset.UTC));
    return new UpstreamFailure(
        Kind.SPENT,
        "the upstream's budget of " + limit + " a day is spent: " + used
            + " were used, requests under way aside, and this one"
            + " may need " + wanted + "; it begins anew at 00:00 UTC, or raise gateway.upstream.budget." + key,
        left, null);
  }

  private static String shown(double money) {
    return String.format(Locale.ROOT, "%.4f", money);
  }

  private LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  private void roll() {
    LocalDate now = today();
    if (!now.equals(day)) {
      day = now;
      input = 0;
      output = 0;
    }
  }

  private void load(Path file) {
    try {
      Used used = Json.read(Files.readAllBytes(file), Used.class);
      if (day.toString().equals(used.day())) {
        input = used.inputTokens();
        output = used.outputTokens();
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn("what was used of the upstream's budget cannot be read from {}, so the day begins anew: {}", file,
          e.toString());
    }
  }

  private void save() {
    Path file = ledger;
    if (file == null) {
      return;
    }
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.write(next, Json.bytes(new Used(day.toString(), input, output)));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("what was used of the upstream's budget cannot be written to {}: {}", file, e.toString());
    }
  }
}
