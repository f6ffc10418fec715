// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;

/**
 * A version of a document.
 *
 * @param number larger than those of earlier versions, with gaps
 * @param document as it was
 */
public record DocumentVersion(long number, Document document) {}
