// SPDX-License-Identifier: Apache-2.0
/** What is asked of a generator and what it says: prompts, sampling, the form of the output, pieces of the answer. */
@NullMarked
package io.millrace.core.generation;

import org.jspecify.annotations.NullMarked;
