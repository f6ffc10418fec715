// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import java.time.Instant;

/**
 * Something that could not be processed and was kept aside.
 *
 * @param source what it was, for example a topic and position, or a file and entry
 * @param reason for the person who reads it
 * @param excerpt its first 2,000 characters
 * @param at when
 */
public record DeadLetter(String source, String reason, String excerpt, Instant at) {

  private static final int LONGEST_EXCERPT = 2_000;

  public DeadLetter {
    excerpt = excerpt.substring(0, Math.min(excerpt.length(), LONGEST_EXCERPT));
  }
}
