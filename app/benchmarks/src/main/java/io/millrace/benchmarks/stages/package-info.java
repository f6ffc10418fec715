// SPDX-License-Identifier: Apache-2.0
/** Does each stage of training improve its own held-out measure on real data? */
@NullMarked
package io.millrace.benchmarks.stages;

import org.jspecify.annotations.NullMarked;
