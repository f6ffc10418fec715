// SPDX-License-Identifier: Apache-2.0
/** How well the external memory finds what test collections say is relevant. */
@NullMarked
package io.millrace.benchmarks.memory;

import org.jspecify.annotations.NullMarked;
