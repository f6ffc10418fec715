// SPDX-License-Identifier: Apache-2.0
/** Processes in which files are read, so that none can harm this one. */
@NullMarked
package io.millrace.formats.sandbox;

import org.jspecify.annotations.NullMarked;
