// SPDX-License-Identifier: Apache-2.0
/** Content with structure: documents, sections, links, passages. */
@NullMarked
package io.millrace.core.document;

import org.jspecify.annotations.NullMarked;
