// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import java.util.Map;

/**
 * One shown item and what became of it.
 *
 * @param strategy which strategy showed it
 * @param features what the ranker saw
 * @param clicked whether it was opened
 * @param millis when that was known, since the epoch
 */
public record Example(String strategy, Map<String, Double> features, boolean clicked, long millis) {}
