// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

/**
 * An event that the ranker learns from.
 *
 * @param exposure identity of the exposure that it is, or that it belongs to
 * @param event the {@link io.millrace.core.event.Event} as JSON
 */
@SuppressWarnings("ArrayRecordComponent")
public record TrainingEvent(String exposure, byte[] event) {}
