// SPDX-License-Identifier: Apache-2.0
/** Figures beside a peer or a limit measured in the same run, and published scores that are rerun. */
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
