// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

/**
 * How an upstream does.
 *
 * @param reachable whether it is asked; false while it is left alone
 * @param running requests under way
 * @param requests that were sent, each counted once however often it was tried
 * @param retries further attempts
 * @param failures attempts that speak against the server
 * @param inputTokens read today (UTC)
 * @param outputTokens written today
 * @param money their price, in the currency of the settings
 */
public record UpstreamStatus(
    boolean reachable,
    int running,
    long requests,
    long retries,
    long failures,
    long inputTokens,
    long outputTokens,
    double money) {}
