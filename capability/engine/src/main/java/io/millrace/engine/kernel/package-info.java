// SPDX-License-Identifier: Apache-2.0
/**
 * The engine's arithmetic: products of weights off the heap, attention over pages, and what lies between.
 *
 * <p>Everything here sums in one order that depends on the shapes alone, so a row's numbers are the same bits whatever
 * rows are beside it, and the same with and without the Vector API. Read {@code Panels} first.
 */
@NullMarked
package io.millrace.engine.kernel;

import org.jspecify.annotations.NullMarked;
