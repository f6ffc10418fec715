// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;
import org.jspecify.annotations.Nullable;

/**
 * A passage that lies elsewhere, with all that it takes to judge it here.
 *
 * @param words as they were analysed when it was written
 * @param vector its exact embedding; null while it has none
 */
public record CandidatePassage(Passage passage, PassageWords words, float @Nullable [] vector) {}
