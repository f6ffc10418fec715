// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

/**
 * A reference from one document to another.
 *
 * @param target identity of a document of this domain, or an absolute address
 * @param text the words that carry the link
 * @param kind for example {@code see}, {@code extends}, {@code implements}, {@code mentions}
 */
public record Link(String target, String text, String kind) {}
