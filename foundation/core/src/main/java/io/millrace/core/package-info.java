// SPDX-License-Identifier: Apache-2.0
/** The vocabulary that all modules share. */
@NullMarked
package io.millrace.core;

import org.jspecify.annotations.NullMarked;
