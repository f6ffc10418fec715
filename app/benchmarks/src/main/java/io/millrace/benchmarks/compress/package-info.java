// SPDX-License-Identifier: Apache-2.0
/** What compression saves and costs. */
@NullMarked
package io.millrace.benchmarks.compress;

import org.jspecify.annotations.NullMarked;
