// SPDX-License-Identifier: Apache-2.0
/** Classical Chinese poems: a domain where a small decoder made from nothing visibly works. */
@NullMarked
package io.millrace.benchmarks.poetry;

import org.jspecify.annotations.NullMarked;
