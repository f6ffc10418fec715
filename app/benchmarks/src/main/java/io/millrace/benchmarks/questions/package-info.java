// SPDX-License-Identifier: Apache-2.0
/** Whether a domain's memory finds what its questions must be answered with. */
@NullMarked
package io.millrace.benchmarks.questions;

import org.jspecify.annotations.NullMarked;
