// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A record as read from the log.
 *
 * @param position where it stands
 * @param key as appended
 * @param value as appended; null is a deletion
 * @param at when it was appended
 */
@SuppressWarnings("ArrayRecordComponent")
public record LogRecord(Position position, String key, byte @Nullable [] value, Instant at) {}
