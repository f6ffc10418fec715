// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

/**
 * Where a record stands.
 *
 * @param partition from 0
 * @param offset from 0 within the partition
 */
public record Position(int partition, long offset) {}
