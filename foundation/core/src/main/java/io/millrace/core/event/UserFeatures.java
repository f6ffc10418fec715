// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What is known of a user from events: the value of {@link io.millrace.core.log.Topic#USER_FEATURES}.
 *
 * @param user whose
 * @param recent documents opened, latest first, each once, at most 50
 * @param affinity how much the user was drawn to a package or library, decayed by time; keys are path prefixes
 * @param liked documents rated well, latest first, at most 50
 * @param disliked documents rated badly, latest first, at most 50
 * @param clicks opened documents so far
 * @param exposures shown items so far
 * @param updatedAt time of the last event that is in here
 */
public record UserFeatures(
    String user,
    List<String> recent,
    Map<String, Double> affinity,
    List<String> liked,
    List<String> disliked,
    long clicks,
    long exposures,
    Instant updatedAt) {

  public UserFeatures {
    recent = List.copyOf(recent);
    affinity = Map.copyOf(affinity);
    liked = List.copyOf(liked);
    disliked = List.copyOf(disliked);
  }

  /** Features of someone of whom nothing is known. */
  public static UserFeatures unknown(String user) {
    return new UserFeatures(
        user, List.of(), Map.of(), List.of(), List.of(), 0, 0, Instant.EPOCH);
  }
}
