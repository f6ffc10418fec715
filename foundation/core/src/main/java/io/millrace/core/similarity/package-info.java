// SPDX-License-Identifier: Apache-2.0
/** Texts that nearly repeat each other: sets of shingles and their sketches. */
@NullMarked
package io.millrace.core.similarity;

import org.jspecify.annotations.NullMarked;
