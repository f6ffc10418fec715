// SPDX-License-Identifier: Apache-2.0
/** Whether sentences that the sources bear out are told from others, and questions that they answer from others. */
@NullMarked
package io.millrace.benchmarks.grounding;

import org.jspecify.annotations.NullMarked;
