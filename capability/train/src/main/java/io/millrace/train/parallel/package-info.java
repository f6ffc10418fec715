// SPDX-License-Identifier: Apache-2.0
/** One model over several processes: slices of its matrices, shares of its experts, and copies of it all. */
@NullMarked
package io.millrace.train.parallel;

import org.jspecify.annotations.NullMarked;
