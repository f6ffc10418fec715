// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

/**
 * A page of the corpus as the offline pipeline last brought it into the log.
 *
 * @param content sha256 of everything in it but the time of its last change
 */
public record PublishedPage(String content) {}
