// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.jspecify.annotations.Nullable;

/**
 * A record on its way in.
 *
 * @param key as appended
 * @param value as appended; null is a deletion
 * @param partition of the topic it came from
 * @param offset within that
 */
@SuppressWarnings("ArrayRecordComponent")
public record Incoming(String key, byte @Nullable [] value, int partition, long offset) {}
