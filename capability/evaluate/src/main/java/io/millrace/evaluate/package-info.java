// SPDX-License-Identifier: Apache-2.0
/** Measures of answers and rankings, and the gates that they must pass. */
@NullMarked
package io.millrace.evaluate;

import org.jspecify.annotations.NullMarked;
