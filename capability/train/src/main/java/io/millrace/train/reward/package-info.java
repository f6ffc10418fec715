// SPDX-License-Identifier: Apache-2.0
/** Rewards that a program can verify: is the answer right, in form, of the right length, grounded in its source? */
@NullMarked
package io.millrace.train.reward;

import org.jspecify.annotations.NullMarked;
