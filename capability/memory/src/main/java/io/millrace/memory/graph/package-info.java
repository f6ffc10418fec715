// SPDX-License-Identifier: Apache-2.0
/** The graph of passages, of what they name and of what they link to: what its edges are, and a bounded walk through it. */
@NullMarked
package io.millrace.memory.graph;

import org.jspecify.annotations.NullMarked;
