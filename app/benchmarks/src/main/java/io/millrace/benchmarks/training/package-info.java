// SPDX-License-Identifier: Apache-2.0
/** How fast and in how much memory decoders are trained. */
@NullMarked
package io.millrace.benchmarks.training;

import org.jspecify.annotations.NullMarked;
