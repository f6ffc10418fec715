// SPDX-License-Identifier: Apache-2.0
/** The memory at a million passages: how fast it is filled and searched, what it takes, and what precision costs. */
@NullMarked
package io.millrace.benchmarks.scale;

import org.jspecify.annotations.NullMarked;
