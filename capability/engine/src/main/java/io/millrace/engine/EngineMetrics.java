// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation.Finish;

import java.util.Map;

/**
 * What an engine has done since it started, and is doing.
 *
 * @param running sequences in the current steps
 * @param waiting requests that were accepted and did not begin
 * @param cacheUse share of the key-value cache's pages that sequences or kept prefixes hold, from 0 to 1
 * @param prefixQueries tokens of prompts that were looked for among kept prefixes
 * @param prefixHits those of them that were found and not read again
 * @param preemptions sequences that gave their memory back and were read again later
 * @param finished requests that ended, by why; what failed inside is not among them
 * @param refused requests that found the queue full
 * @param promptTokens tokens of prompts that were read
 * @param generatedTokens tokens that were written
 * @param draftedTokens tokens that speculation proposed
 * @param acceptedTokens those of them that the model would have written too
 * @param timeToFirstToken from a request's arrival
 * @param interToken between two tokens of a request
 * @param queueTime from a request's arrival to its first step
 * @param prefillTime from a request's first step to its first token
 * @param decodeTime from a request's first token to its last
 * @param wholeTime from a request's arrival to its end
 */
public record EngineMetrics(
    int running,
    int waiting,
    double cacheUse,
    long prefixQueries,
    long prefixHits,
    long preemptions,
    Map<Finish, Long> finished,
    long refused,
    long promptTokens,
    long generatedTokens,
    long draftedTokens,
    long acceptedTokens,
    Histogram timeToFirstToken,
    Histogram interToken,
    Histogram queueTime,
    Histogram prefillTime,
    Histogram decodeTime,
    Histogram wholeTime) {
  public EngineMetrics {
    finished = Map.copyOf(finished);
  }

  /** Requests that ended for this reason. */
  public long finished(Finish why) {
    return finished.getOrDefault(why, 0L);
  }

  /** Requests that ended. */
  public long allFinished() {
    return finished.values().stream().mapToLong(Long::longValue).sum();
  }
}
