// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

/**
 * What an engine has done since it started, and is doing.
 *
 * @param running sequences in the current steps
 * @param waiting requests that were accepted and did not begin
 * @param finished requests that ended, for whatever reason
 * @param cancelled those of them whose readers left off
 * @param refused requests that found the queue full
 * @param promptTokens tokens of prompts that were read
 * @param generatedTokens tokens that were written
 * @param timeToFirstToken from a request's arrival
 * @param interToken between two tokens of a request
 */
public record EngineMetrics(
    int running,
    int waiting,
    long finished,
    long cancelled,
    long refused,
    long promptTokens,
    long generatedTokens,
    Latency timeToFirstToken,
    Latency interToken) {

  /** Times seen. */
  public record Latency(long count, double totalSeconds, double maxSeconds) {
    /** The mean in seconds; 0 when nothing was seen. */
    public double meanSeconds() {
      return count == 0 ? 0 : totalSeconds / count;
    }
  }
}
