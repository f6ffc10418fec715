// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import java.time.Instant;

/**
 * One move of an alias.
 *
 * @param version where it pointed from then on; 0 when it was taken away
 * @param reason why
 * @param at when
 */
public record AliasMove(int version, String reason, Instant at) {}
