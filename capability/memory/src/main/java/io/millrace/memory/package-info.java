// SPDX-License-Identifier: Apache-2.0
/** The external memory: embeddings, the passage index, the document store, and the views that keep them fresh. */
@NullMarked
package io.millrace.memory;

import org.jspecify.annotations.NullMarked;
