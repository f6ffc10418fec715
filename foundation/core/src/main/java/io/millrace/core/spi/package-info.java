// SPDX-License-Identifier: Apache-2.0
/** The interfaces through which capabilities use each other. */
@NullMarked
package io.millrace.core.spi;

import org.jspecify.annotations.NullMarked;
