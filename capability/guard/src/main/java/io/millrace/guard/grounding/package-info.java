// SPDX-License-Identifier: Apache-2.0
/** Whether an answer rests on its sources: which words bear out which sentence, and what in it they do not hold. */
@NullMarked
package io.millrace.guard.grounding;

import org.jspecify.annotations.NullMarked;
