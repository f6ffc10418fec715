// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;

/**
 * What to simulate.
 *
 * @param url of the gateway
 * @param key API key; null where the gateway wants none
 * @param duration how long
 * @param rate requests a second, all users together
 * @param users how many people
 * @param attacks share of the questions that are attacks, from 0 to 1
 * @param seed same seed, same people and questions
 */
public record SimulationSettings(
    URI url, @Nullable String key, Duration duration, double rate, int users, double attacks, long seed) {
  public SimulationSettings {
    if (!(rate > 0 && rate <= 10_000)) {
      throw new IllegalArgumentException("rate " + rate + " is not above 0 and at most 10000 requests a second");
    }
    if (users < 1 || users > 100_000) {
      throw new IllegalArgumentException("users " + users + " is not from 1 to 100000");
    }
    if (!(attacks >= 0 && attacks <= 1)) {
      throw new IllegalArgumentException("attacks " + attacks + " is not a share from 0 to 1");
    }
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException("duration " + duration + " is not positive");
    }
  }

  /** A minute of fifty people at five requests a second. */
  public static SimulationSettings defaults(URI url) {
    return new SimulationSettings(url, null, Duration.ofMinutes(1), 5, 50, 0.05, 1);
  }
}
