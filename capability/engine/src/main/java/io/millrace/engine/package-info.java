// SPDX-License-Identifier: Apache-2.0
/** Generates text on the CPU for many requests at once, in Java alone, with weights off the heap. */
@NullMarked
package io.millrace.engine;

import org.jspecify.annotations.NullMarked;
